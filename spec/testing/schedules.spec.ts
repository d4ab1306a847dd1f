/**
 * Schedules that failed once, or are known to be hard.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Coverage } from './coverage.js';
import { runSchedule, type Schedule } from './schedule.js';

const directory = join(process.cwd(), 'spec/testing/schedules');

for (const file of readdirSync(directory)) {
  const schedule = JSON.parse(readFileSync(join(directory, file), 'utf8')) as Schedule;
  test(`${file}: ${schedule.title}`, async (t) => {
    const coverage = new Coverage();
    await runSchedule(schedule, coverage);
    const missed = (schedule.strikes ?? []).filter((strike) => !coverage.strikes.includes(strike));
    t.deepEqual(missed, []);
  });
}
