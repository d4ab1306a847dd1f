/**
 * What a frame is, in words, for traces.
 */
import { frameCode, readUint32 } from './frames.js';

const names: ReadonlyMap<number, string> = new Map(Object.entries(frameCode).map(([name, code]) => [code, name]));

export interface FrameDescription {
  /** `unknown`: no code of ours. */
  readonly frame: string;
  /** Of `events` and `chunk`: number of the first event, and how many there are. */
  readonly first?: number;
  readonly count?: number;
}

/** Never throws: what is wrong with a frame is for those to say who read it. */
export function describeFrame(frame: Uint8Array, headroom: number): FrameDescription {
  const code = frame[headroom] ?? -1;
  const name = names.get(code) ?? 'unknown';
  if (frame.length < headroom + 13) return { frame: name };
  const first = readUint32(frame, headroom + 1) * 0x1_0000_0000 + readUint32(frame, headroom + 5);
  if (code === frameCode.events) return { frame: name, first, count: readUint32(frame, headroom + 9) };
  if (code === frameCode.chunk) return { frame: name, first, count: 1 };
  return { frame: name };
}
