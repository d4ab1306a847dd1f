/** The formats of logs, by name. */
import type { CreateLogFormat, LogFormat, LogFormatName } from './format.js';
import { jsonLines } from './json-lines.js';
import { zeekTsv } from './zeek-tsv.js';

const formats: Readonly<Record<LogFormatName, CreateLogFormat>> = { json: jsonLines, tsv: zeekTsv };

export function createFormat(name: LogFormatName, log: Parameters<CreateLogFormat>[0]): LogFormat {
  return formats[name](log);
}
