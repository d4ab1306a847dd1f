/**
 * What users call to read a layout.
 */
import { loadLayout } from './load-layout.js';
import type { Layout } from './types.js';

/**
 * Reads a layout from a `.json`, `.ts`, `.js` or `.zeek` file and checks it; without `path`, the one
 * `cluster-layout.{json,ts,js,zeek}` in `MUSTER_PATH`, `ZEEKPATH` and the working directory.
 * @returns name → node in written order, frozen, all the way down.
 * @throws {@link MusterError} `MUSTER_LAYOUT_NOT_FOUND`, `MUSTER_LAYOUT_AMBIGUOUS`, `MUSTER_LAYOUT_UNREADABLE`, or
 * `MUSTER_LAYOUT_INVALID`, which reports every problem at once.
 */
export async function readLayout(path?: string): Promise<Layout> {
  return (await loadLayout(path)).layout;
}
