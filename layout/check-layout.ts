/**
 * From what a user wrote, in whatever format, to a checked {@link Layout}. Reports every problem at once.
 */
import { checkFields } from './check-fields.js';
import { crossFaults, layoutWarnings, type NodeDrafts } from './cross-rules.js';
import { isValidName, nameRule } from './names.js';
import { foreignFields, nodeFields } from './node-fields.js';
import { type Fault, gotAndExpected, type LayoutProblem, layoutInvalid, type Position } from './problems.js';
import type { Layout, Node } from './types.js';

/** A layout as it was read, unchecked. */
export interface WrittenLayout {
  /** The file as messages name it; `layout` for an object. */
  readonly file: string;
  readonly content: unknown;
  /** Where the value at a path of keys stands, where that is known. */
  readonly locate?: (path: readonly string[]) => Position | undefined;
  /** What the reader found wrong and could read past. */
  readonly problems?: readonly LayoutProblem[];
  readonly warnings?: readonly string[];
  /** From a Zeek file: `Cluster::manager_is_logger`. */
  readonly managerIsLogger?: boolean | undefined;
}

export interface CheckedLayout {
  readonly layout: Layout;
  /** Directory of the nodes' keys, as it is written, if it is. */
  readonly keys?: string;
  readonly warnings: readonly string[];
}

const nowhere: Position = { line: 0, column: 0 };

/** @throws {@link MusterError} `MUSTER_LAYOUT_INVALID`, naming every problem. Never changes what it is given. */
export function checkLayout(written: WrittenLayout): CheckedLayout {
  const { file, content } = written;
  const found = new FoundProblems(written);
  const drafts = checkNodes(unwrap(content, found), found);
  for (const { node, ...fault } of crossFaults(drafts)) found.add(node, fault);
  if (found.problems.length > 0) throw layoutInvalid(file, inOrder(found.problems));
  return {
    layout: freezeLayout(drafts),
    ...(isWrapped(content) && typeof content.keys === 'string' && { keys: content.keys }),
    warnings: [...(written.warnings ?? []), ...layoutWarnings(drafts)].map((warning) => `${file}: ${warning}`),
  };
}

/** Problems with their places. Of several about one field, the first is nearest to the truth and the only one kept. */
class FoundProblems {
  readonly problems: LayoutProblem[];
  readonly #written: WrittenLayout;
  readonly #fields = new Set<string>();

  constructor(written: WrittenLayout) {
    this.#written = written;
    this.problems = [...(written.problems ?? [])];
    for (const { node, field } of this.problems) this.#fields.add(`${node}\0${field}`);
  }

  add(node: string | undefined, fault: Fault): void {
    const key = `${node}\0${fault.field}`;
    if (fault.field !== undefined && this.#fields.has(key)) return;
    this.#fields.add(key);
    const { file, content, locate } = this.#written;
    const inNodes = isWrapped(content) && !(node === undefined && fault.field !== undefined);
    const path = [inNodes ? 'nodes' : undefined, node, fault.field].filter((key) => key !== undefined);
    const position = locate?.(path) ?? locate?.(path.slice(0, -1));
    this.problems.push({ file, position, node, ...fault });
  }
}

/** The nodes by name, whether they stand by themselves or under a key `nodes`. */
function unwrap(content: unknown, found: FoundProblems): Readonly<Record<string, unknown>> {
  const nodes = isWrapped(content) ? content.nodes : content;
  if (!isRecord(nodes)) {
    found.add(undefined, { value: nodes, message: gotAndExpected(nodes, 'an object of nodes by name') });
  } else if (Object.keys(nodes).length === 0 && found.problems.length === 0) {
    found.add(undefined, { message: 'defines no node, expected one at least' });
  }
  for (const field of isWrapped(content) ? Object.keys(content) : []) {
    if (field !== 'nodes' && field !== 'keys') {
      found.add(undefined, { field, message: 'unknown, expected nothing beside "nodes" and "keys"' });
    }
  }
  if (isWrapped(content) && content.keys !== undefined && (typeof content.keys !== 'string' || content.keys === '')) {
    found.add(undefined, { field: 'keys', message: gotAndExpected(content.keys, 'the path of a directory') });
  }
  return isRecord(nodes) ? nodes : {};
}

/** Whether the nodes are under a key `nodes`. A node of that name is told by its fields. */
function isWrapped(content: unknown): content is { readonly nodes: unknown; readonly keys?: unknown } {
  if (!isRecord(content) || !Object.hasOwn(content, 'nodes')) return false;
  const { nodes } = content;
  return !isRecord(nodes) || (typeof nodes.nodeType !== 'string' && typeof nodes.ip !== 'string');
}

function checkNodes(nodes: Readonly<Record<string, unknown>>, found: FoundProblems): NodeDrafts {
  return new Map(
    Object.entries(nodes).map(([name, definition]) => {
      if (!isValidName(name)) found.add(name, { message: `not a name, expected ${nameRule}` });
      if (!isRecord(definition)) {
        found.add(name, {
          value: definition,
          message: gotAndExpected(definition, 'an object with the fields of a node'),
        });
        return [name, {}];
      }
      const { values, faults } = checkFields(nodeFields, definition, foreignFields);
      for (const fault of faults) found.add(name, fault);
      return [name, values];
    }),
  );
}

/** Complete drafts, which is what they are without problems. */
function freezeLayout(drafts: NodeDrafts): Layout {
  return Object.freeze(Object.fromEntries([...drafts].map(([name, node]) => [name, Object.freeze(node as Node)])));
}

/** In the order of the file, as far as it is known. */
function inOrder(problems: readonly LayoutProblem[]): LayoutProblem[] {
  return problems.toSorted((a, b) => {
    const [from, to] = [a.position ?? nowhere, b.position ?? nowhere];
    return from.line - to.line || from.column - to.column;
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
