/**
 * The error for a file that is not what was written.
 */
import { MusterError } from '../../errors.js';

export function damaged(path: string, why: string, options?: ErrorOptions): MusterError {
  return new MusterError(
    'MUSTER_STORE_DAMAGED',
    `${path}: ${why}. Restore a backup, or open it with failureMode 'delete', which keeps the file under another name and begins anew`,
    options,
  );
}
