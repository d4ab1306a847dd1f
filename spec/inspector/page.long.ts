/**
 * The page over a cluster that runs: a node is killed and comes back; and over recordings that are large, or fast.
 * With MUSTER_SCREENSHOTS, a directory, it keeps a picture of each view.
 */
import { performance } from 'node:perf_hooks';
import test from 'ava';
import type { Browser } from 'playwright-core';
import { Muster } from '../cli/workbench.js';
import { executablePath, launch, moodOf, picture, serveLines, skipped, visit, whenRead } from './browser.js';
import { eightNodes } from './eight-nodes.js';
import { reconnectOfTwenty } from './twenty-nodes.js';

let browser: Browser | undefined;

test.before(async () => {
  if (executablePath !== undefined) browser = await launch();
});
test.after.always(() => browser?.close());

test.serial(
  'a node of a running cluster is killed and comes back: in topology, chart and timeline; and scrubbed back',
  async (t) => {
    if (browser === undefined) return skipped(t);
    t.timeout(180_000);
    const began = performance.now();
    const { layout, script } = await eightNodes(t);
    const muster = new Muster(t, ['up', layout, '--load', script, '--inspect', '--json']);
    await muster.until(({ events }) => events.some(({ type }) => type === 'inspector'));
    const link = muster.events.find((event) => event.type === 'inspector');
    if (link?.type !== 'inspector') return t.fail();
    const { page, foreign, complaints } = await visit(browser, link.url);
    await page.waitForSelector('.source.live');
    t.log(`the page answers ${Math.round(performance.now() - began)} ms after the command began`);

    await page.locator('[data-node][data-mood=good]').nth(7).waitFor({ timeout: 60_000 });
    const edge = '[data-edge="worker-2 manager"]';
    await page.waitForSelector(`${edge}[data-mood=good]`);
    await page.waitForTimeout(3_000);
    await picture(page, 'live');
    // From the manager's side: the worker itself will tell nothing any more.
    await page.click('[data-node="manager"]');
    await page.locator(`${edge} .hit`).dispatchEvent('click');
    await page.waitForSelector('[data-testid=standing][data-state="up.responsive"]');

    const started = muster.events.findLast((event) => event.type === 'state' && event.node.name === 'worker-2');
    if (started?.type !== 'state' || started.node.pid === null) return t.fail();
    await page.evaluate('window.killedAt = Date.now()');
    process.kill(started.node.pid, 'SIGKILL');

    await Promise.all([
      page.waitForSelector(`${edge}[data-mood=bad]`),
      page.waitForSelector('[data-node="worker-2"]:not([data-mood=good])'),
      page.waitForSelector('[data-testid=standing][data-state="down"]'),
      page.waitForSelector('.chart .state.inner[data-path="down"]'),
    ]);
    await picture(page, 'killed');

    await page.waitForSelector(`${edge}[data-mood=good]`, { timeout: 60_000 });
    await page.waitForSelector('[data-testid=standing][data-state="up.responsive"]');
    const moods = await page
      .locator('[data-testid=lane] li')
      .evaluateAll((items) => items.map((item) => item.getAttribute('data-mood')));
    const story = moods.filter((mood, index) =>
      mood === 'good' || mood === 'bad' ? mood !== moods[index - 1] : false,
    );
    t.deepEqual(story.slice(-3), ['good', 'bad', 'good'], moods.join(' '));
    await page.waitForTimeout(2_000);
    await picture(page, 'again');

    // Scrubbed back to when it was down, all panels are at that instant.
    const killedAt = (await page.evaluate('window.killedAt')) as number;
    await page.goto(
      `${link.url}#${new URLSearchParams({ at: `${killedAt + 1_600}`, node: 'manager', actor: 'peering worker-2' })}`,
    );
    await page.waitForSelector(`${edge}[data-mood=bad]`);
    await page.waitForSelector('[data-testid=standing][data-state="down"]');
    t.is(await moodOf(page, '[data-node="worker-1"]'), 'good');
    await picture(page, 'scrubbed');
    await page.keyboard.press('l');
    await page.waitForSelector(`${edge}[data-mood=good]`);
    await page.keyboard.press('4');
    await page.waitForSelector('[data-testid=rates] canvas');
    await page.waitForTimeout(4_000);
    await picture(page, 'rates');
    t.deepEqual(foreign, []);
    t.deepEqual(complaints, []);
  },
);

test.serial('a recorded reconnect of 20 nodes, replayed at real speed, stays fluid', async (t) => {
  if (browser === undefined) return skipped(t);
  t.timeout(180_000);
  const lines = await reconnectOfTwenty();
  const { page, complaints } = await visit(browser, await serveLines(t, lines));
  await whenRead(page);
  await page.keyboard.press('Home');
  await page.keyboard.press('Space');
  const times = (await page.evaluate(`new Promise((done) => {
    const times = [];
    const begin = performance.now();
    let last = begin;
    requestAnimationFrame(function frame(now) {
      times.push(now - last);
      last = now;
      if (now - begin < 12_000) requestAnimationFrame(frame);
      else done(times);
    });
  })`)) as number[];
  const rate = (1_000 * times.length) / times.reduce((sum, time) => sum + time, 0);
  t.log(`${lines.length} records, ${rate.toFixed(1)} frames per second`);
  t.true(rate >= 30, `${rate}`);
  t.deepEqual(complaints, []);
});

test.serial('a trace of 1,000,000 records is taken', async (t) => {
  if (browser === undefined) return skipped(t);
  t.timeout(300_000);
  const lines = await reconnectOfTwenty(1_000_000);
  const { page, complaints } = await visit(browser, await serveLines(t, lines));
  const began = performance.now();
  await page.waitForSelector('header:not(:has(progress)) [data-testid=size]:text-matches("^1.00 M")', {
    timeout: 200_000,
  });
  t.log(`read in ${((performance.now() - began) / 1_000).toFixed(1)} s`);
  await page.fill('input.filter', 'node:worker-3 kind:transition');
  await page.waitForSelector('[data-testid=count]:text-matches("^[0-9,]+ of 1.00 M")', { timeout: 60_000 });
  await page.locator('.events .row').first().click();
  await page.waitForSelector('[data-testid=why] li');
  t.deepEqual(complaints, []);
});
