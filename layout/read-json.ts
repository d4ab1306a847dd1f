/**
 * From the text of a JSON layout to its content, with the places of its values.
 */
import type { WrittenLayout } from './check-layout.js';
import { type JsonDocument, parseJson, pathKey } from './json.js';
import type { LayoutProblem } from './problems.js';
import { SourceText } from './source-text.js';

/** @throws {@link MusterError} `MUSTER_LAYOUT_UNREADABLE` with line and column where the text is no JSON. */
export function readJsonLayout(file: string, text: string): WrittenLayout {
  const source = new SourceText(file, text);
  const { value, offsets, duplicates } = parseJson(source);
  return {
    file,
    content: value,
    locate: (path) => {
      const offset = offsets.get(pathKey(path));
      return offset === undefined ? undefined : source.position(offset);
    },
    problems: duplicates.map((duplicate) => duplicateProblem(source, duplicate)),
  };
}

function duplicateProblem(
  source: SourceText,
  { path, offset, first }: JsonDocument['duplicates'][number],
): LayoutProblem {
  const { line } = source.position(first);
  const inNodes = path[0] === 'nodes' && path.length > 1 ? path.slice(1) : path;
  return {
    file: source.file,
    position: source.position(offset),
    node: inNodes[0],
    ...(inNodes.length > 1 ? { field: inNodes.slice(1).join('.') } : {}),
    message: `given twice, first in line ${line}`,
  };
}
