/**
 * Print Stately: a trace as events of the protocol of `@statelyai/inspect`, a line each.
 */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { MusterError, messageOf } from '../../errors.js';
import { type ChartName, charts } from '../../machines/charts.js';
import type { TraceRecord } from '../../trace/record.js';
import { StatelyAdapter } from '../../trace/stately.js';
import { exitCodes } from '../exit-codes.js';

/** Lines that are no records are left out. @throws {@link MusterError} `MUSTER_TRACE_UNREADABLE` */
export async function printStately(file: string): Promise<void> {
  const adapter = new StatelyAdapter((machine) => {
    return Object.hasOwn(charts, machine) ? JSON.stringify(charts[machine as ChartName].machine.definition) : undefined;
  });
  const input = createReadStream(file);
  const failed = new Promise<never>((_, reject) => {
    input.once('error', (error) => {
      reject(new MusterError('MUSTER_TRACE_UNREADABLE', `cannot read the trace ${file}: ${messageOf(error)}`));
    });
  });
  // Who reads may have read enough.
  process.stdout.once('error', () => process.exit(exitCodes.ok));
  const print = async () => {
    for await (const line of createInterface({ input })) {
      const record = parse(line);
      const event = record && adapter.convert(record);
      if (event !== undefined && !process.stdout.write(`${JSON.stringify(event)}\n`))
        await once(process.stdout, 'drain');
    }
  };
  await Promise.race([print(), failed]);
}

function parse(line: string): TraceRecord | undefined {
  try {
    const record = JSON.parse(line) as TraceRecord;
    return record?.version === 1 ? record : undefined;
  } catch {
    return undefined;
  }
}
