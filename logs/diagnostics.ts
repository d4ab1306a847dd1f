/**
 * Diagnostics: what a node tells the people who run it, one line per message on stderr, by way of tslog.
 * They never mix with the cluster log. Parts of Muster depend on the interface alone; tslog is loaded when a node makes
 * its diagnostics, and for `silent` ones not before their level is raised.
 */
import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import type { IMeta } from 'tslog';
import { type Runtime, systemRuntime } from '../runtime.js';

export const diagnosticsLevels = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type DiagnosticsLevel = (typeof diagnosticsLevels)[number];

/** Each writes one line; none throws. `details` are shown as `util.inspect` does, an error with its stack. */
export interface Diagnostics {
  error(message: string, details?: object): void;
  warn(message: string, details?: object): void;
  info(message: string, details?: object): void;
  debug(message: string, details?: object): void;
}

export interface DiagnosticsSetup {
  /** Least severe messages that are written. */
  readonly level: DiagnosticsLevel;
  /** Name of the node, shown in each line. */
  readonly name: string;
  /** Where the time of a line comes from. @defaultValue the system clock */
  readonly runtime?: Pick<Runtime, 'now'>;
  /** @defaultValue stderr */
  readonly stream?: DiagnosticsStream;
}

/** As much of a writable stream as is needed here. Lines are coloured if it is a terminal. */
export interface DiagnosticsStream {
  write(text: string): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  readonly isTTY?: boolean;
  hasColors?(): boolean;
}

/** Longest message and longest details, in characters: both may come from a hostile peer. */
const maxLength = 4_096;

const guardedStreams = new WeakSet<DiagnosticsStream>();

/** @returns diagnostics whose level may be set anew. */
export function createDiagnostics(setup: DiagnosticsSetup): Diagnostics & { level: DiagnosticsLevel } {
  let logger: ReturnType<typeof createLogger> | undefined;
  let severity = diagnosticsLevels.indexOf(setup.level);
  const writer = (level: Exclude<DiagnosticsLevel, 'silent'>): Diagnostics['info'] => {
    const own = diagnosticsLevels.indexOf(level);
    return (message, details) => {
      if (own > severity) return;
      logger ??= createLogger(setup);
      logger[level](details === undefined ? oneLine(message) : `${oneLine(message)} ${oneLine(show(details))}`);
    };
  };
  if (setup.level !== 'silent') logger = createLogger(setup);
  return {
    error: writer('error'),
    warn: writer('warn'),
    info: writer('info'),
    debug: writer('debug'),
    get level() {
      return diagnosticsLevels[severity] as DiagnosticsLevel;
    },
    set level(level) {
      severity = diagnosticsLevels.indexOf(level);
    },
  };
}

function createLogger({ name, runtime = systemRuntime, stream = process.stderr }: DiagnosticsSetup) {
  // Its CommonJS build loads in 6 ms, half of what the ES modules take, and here, not at import.
  const { Logger } = createRequire(import.meta.url)('tslog') as typeof import('tslog');
  guard(stream);
  return new Logger<object>({
    type: 'pretty',
    name: oneLine(name),
    prettyLogTemplate: '{{rawIsoStr}} {{logLevelName}} {{name}} ',
    stylePrettyLogs: stream.isTTY === true && stream.hasColors?.() !== false,
    // Where a message came from would cost a stack trace each.
    hideLogPositionForProduction: true,
    overwrite: {
      // Messages are plain text by now: there are no values to look for.
      mask: (args) => args,
      includeDefaultMetaInAddMeta: true,
      addMeta: (logObj, _id, _name, meta) => {
        return { ...logObj, _meta: { ...(meta as IMeta), date: new Date(runtime.now()) } };
      },
      transportFormatted: (meta, args) => {
        try {
          stream.write(`${meta}${args.join(' ')}\n`);
        } catch {
          // Nobody is left to be told.
        }
      },
    },
  });
}

/** A supervisor that dies breaks the pipe: without a listener, that error would end the node. */
function guard(stream: DiagnosticsStream): void {
  if (guardedStreams.has(stream)) return;
  guardedStreams.add(stream);
  stream.on('error', () => {});
}

function show(details: object): string {
  try {
    return inspect(details, { compact: true, breakLength: Number.POSITIVE_INFINITY, depth: 4, maxArrayLength: 20 });
  } catch (thrown) {
    return `(details cannot be shown: ${String(thrown)})`;
  }
}

/**
 * Text that stays in its line and leaves the terminal alone: control characters, line separators and characters that
 * turn the direction of writing are escaped, and what is too long is cut.
 */
function oneLine(text: string): string {
  const kept = text.length <= maxLength ? text : `${text.slice(0, maxLength)}… (${text.length - maxLength} more)`;
  return kept.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, escapeOf);
}

function escapeOf(character: string): string {
  if (character === '\n') return '\\n';
  const code = character.codePointAt(0) as number;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
