/**
 * Join: the causes that no single node can know. A node that has received a frame knows the link and the number of the
 * frame on it; its peer's trace has the record that sent it under the same.
 */
import type { TraceRecord } from './record.js';

/**
 * The records of several nodes, in the order given, in which each received frame has the record that sent it as its cause.
 * Those whose sender was not traced stay as they are.
 */
export function joinTraces(records: readonly TraceRecord[]): TraceRecord[] {
  const sent = new Map<string, TraceRecord>();
  for (const record of records) {
    if (record.kind === 'sent') sent.set(frameKey(record.node, record.data), record);
  }
  return records.map((record) => {
    if (record.kind !== 'received' || record.cause !== undefined) return record;
    const sender = sent.get(frameKey(record.data.peer, record.data));
    if (sender === undefined) return record;
    const { node, id, sequence } = sender;
    return { ...record, cause: { node, id, sequence } };
  });
}

function frameKey(sender: string, { link, number }: { readonly link: string; readonly number: number }): string {
  return `${link} ${sender} ${number}`;
}
