/**
 * Errors: one class, one closed list of codes.
 * What happens daily is no error: a full buffer is `false`, a refused hello is a line in a log.
 */

/** Stable; branch on these. Each is explained in `docs/errors.md`. */
export type MusterErrorCode =
  | 'MUSTER_OPTION_INVALID'
  | 'MUSTER_LAYOUT_NOT_FOUND'
  | 'MUSTER_LAYOUT_AMBIGUOUS'
  | 'MUSTER_LAYOUT_UNREADABLE'
  | 'MUSTER_LAYOUT_INVALID'
  | 'MUSTER_TOPOLOGY_INVALID'
  | 'MUSTER_NODE_UNKNOWN'
  | 'MUSTER_NAME_TAKEN'
  | 'MUSTER_KEY_MISSING'
  | 'MUSTER_KEY_INVALID'
  | 'MUSTER_PORT_TAKEN'
  | 'MUSTER_LISTEN_FAILED'
  | 'MUSTER_SCRIPT_FAILED'
  | 'MUSTER_NODE_LEFT'
  | 'MUSTER_BUFFER_FULL'
  | 'MUSTER_EVENT_TOO_LARGE'
  | 'MUSTER_SUBSCRIPTION_LIMIT'
  | 'MUSTER_NAME_INVALID'
  | 'MUSTER_FRAME_INVALID'
  | 'MUSTER_POOL_INVALID'
  | 'MUSTER_POOL_TOO_FEW_NODES'
  | 'MUSTER_POOL_TOO_LATE'
  | 'MUSTER_STORE_NO_MASTER'
  | 'MUSTER_STORE_UNREACHABLE'
  | 'MUSTER_STORE_NOT_READY'
  | 'MUSTER_STORE_STALE'
  | 'MUSTER_STORE_CLOSED'
  | 'MUSTER_STORE_TYPE_CLASH'
  | 'MUSTER_STORE_NO_SUCH_KEY'
  | 'MUSTER_STORE_NO_SUCH_INDEX'
  | 'MUSTER_STORE_CONFLICT'
  | 'MUSTER_STORE_ENTRY_TOO_LARGE'
  | 'MUSTER_STORE_FULL'
  | 'MUSTER_STORE_TIMEOUT'
  | 'MUSTER_STORE_OUTCOME_UNKNOWN'
  | 'MUSTER_STORE_BUFFER_FULL'
  | 'MUSTER_STORE_OPEN_FAILED'
  | 'MUSTER_STORE_DAMAGED'
  | 'MUSTER_STORE_LOCKED'
  | 'MUSTER_STORE_WRITE_FAILED'
  | 'MUSTER_STORE_UNKNOWN'
  | 'MUSTER_STORE_TRANSFER_FAILED'
  | 'MUSTER_LOG_STREAM_INVALID'
  | 'MUSTER_LOG_STREAM_UNKNOWN'
  | 'MUSTER_LOG_RECORD_INVALID'
  | 'MUSTER_LOG_RECORDS_LOST'
  | 'MUSTER_CONTROL_REFUSED'
  | 'MUSTER_CONTROL_UNREACHABLE'
  | 'MUSTER_CONTROL_TIMEOUT'
  | 'MUSTER_CONTROL_FAILED'
  | 'MUSTER_CONTROL_NOT_FREE'
  | 'MUSTER_RESTART'
  | 'MUSTER_TRACE_UNREADABLE'
  | 'MUSTER_SUPERVISOR_RUNNING'
  | 'MUSTER_SUPERVISOR_ABSENT';

/** Branch on `code`, which is stable; read `message`, which is not; look in `cause` for the native error. */
export class MusterError extends Error {
  override readonly name = 'MusterError';
  readonly code: MusterErrorCode;

  constructor(code: MusterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The message of anything that was thrown, for a line of a log. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
