/**
 * From the text of a `cluster-layout.zeek` to the definitions of its nodes, not yet checked against the rules that
 * hold for every format.
 */
import { unknownField } from '../check-fields.js';
import type { WrittenLayout } from '../check-layout.js';
import type { LayoutProblem, Position } from '../problems.js';
import { show } from '../show.js';
import { SourceText } from '../source-text.js';
import type { Environment, NodeDefinition } from '../types.js';
import { parseZeekLayout } from './parser.js';
import type { EntrySyntax, FieldSyntax } from './syntax.js';
import { evaluate, type ZeekType } from './values.js';

/** The fields of `Cluster::Node` that a layout may give: our names and their types. */
const fields: ReadonlyMap<string, readonly [field: keyof NodeDefinition, type: ZeekType]> = new Map([
  ['node_type', ['nodeType', 'Cluster::NodeType']],
  ['ip', ['ip', 'addr']],
  ['zone_id', ['zoneId', 'string']],
  ['p', ['port', 'port']],
  ['interface', ['interface', 'string']],
  ['manager', ['manager', 'string']],
  ['time_machine', ['timeMachine', 'string']],
  ['metrics_port', ['metricsPort', 'port']],
  ['lb_filter', ['lbFilter', 'string']],
]);

/**
 * @param file how messages name the file.
 * @param env where `getenv()` looks.
 * @throws {@link MusterError} `MUSTER_LAYOUT_UNREADABLE` with line and column where the text is no layout.
 */
export function readZeekLayout(file: string, text: string, env: Environment): WrittenLayout {
  return new ZeekReader(new SourceText(file, text), env).read();
}

class ZeekReader {
  readonly #source: SourceText;
  readonly #env: Environment;
  readonly #problems: LayoutProblem[] = [];
  readonly #warnings: string[] = [];
  readonly #nodes = new Map<string, Readonly<Record<string, unknown>>>();
  /** Where nodes (by name) and their fields (by name and our field name) stand. */
  readonly #offsets = new Map<string, number>();
  #managerIsLogger: boolean | undefined;

  constructor(source: SourceText, env: Environment) {
    this.#source = source;
    this.#env = env;
  }

  read(): WrittenLayout {
    for (const statement of parseZeekLayout(this.#source)) {
      if (statement.kind === 'managerIsLogger') {
        this.#managerIsLogger = statement.value;
        continue;
      }
      if (statement.operator === '=') this.#replaceNodes(statement.offset);
      for (const entry of statement.entries) this.#addNode(entry);
    }
    return {
      file: this.#source.file,
      content: { nodes: Object.fromEntries(this.#nodes) },
      locate: ([, node = '', field = '']) => this.#locate(node, field),
      problems: this.#problems,
      warnings: this.#warnings,
      managerIsLogger: this.#managerIsLogger,
    };
  }

  /** As in Zeek, the last `redef … =` counts. It is hardly ever meant. */
  #replaceNodes(offset: number): void {
    if (this.#nodes.size > 0) {
      const { line } = this.#source.position(offset);
      const names = [...this.#nodes.keys()].map(show).join(', ');
      this.#warnings.push(`line ${line} replaces the nodes defined before it (${names}); += would add to them`);
    }
    this.#nodes.clear();
    this.#offsets.clear();
  }

  #addNode(entry: EntrySyntax): void {
    const name = evaluate(entry.name, 'string', this.#env);
    if ('fault' in name) {
      this.#report({ message: `name of a node: ${name.fault}` }, name.offset);
      return;
    }
    const first = this.#offsets.get(pathKey(name.value));
    if (first !== undefined) {
      const { line } = this.#source.position(first);
      this.#report({ node: name.value, message: `defined twice, first in line ${line}` }, entry.offset);
      return;
    }
    this.#offsets.set(pathKey(name.value), entry.offset);
    this.#nodes.set(name.value, this.#readFields(name.value, entry.fields));
  }

  #readFields(node: string, given: readonly FieldSyntax[]): Readonly<Record<string, unknown>> {
    const values = new Map<string, unknown>();
    for (const { name, value, offset } of given) {
      const known = fields.get(name);
      if (known === undefined) {
        this.#report({ node, field: `$${name}`, message: strangerMessage(name) }, offset);
        continue;
      }
      const [field, type] = known;
      const first = this.#offsets.get(pathKey(node, field));
      if (first !== undefined) {
        this.#report(
          { node, field, message: `given twice, first in line ${this.#source.position(first).line}` },
          offset,
        );
        continue;
      }
      this.#offsets.set(pathKey(node, field), value.offset);
      const meaning = evaluate(value, type, this.#env);
      if ('fault' in meaning) this.#report({ node, field, message: meaning.fault }, meaning.offset);
      else values.set(field, meaning.value);
    }
    return Object.fromEntries(values);
  }

  #report(problem: Omit<LayoutProblem, 'file' | 'position'>, offset: number): void {
    this.#problems.push({ file: this.#source.file, position: this.#source.position(offset), ...problem });
  }

  #locate(node: string, field: string): Position | undefined {
    const offset = this.#offsets.get(field ? pathKey(node, field) : pathKey(node));
    return offset === undefined ? undefined : this.#source.position(offset);
  }
}

function strangerMessage(name: string): string {
  if (name === 'id') return 'expected nothing: a node gets its id when it starts';
  return `unknown${unknownField(name, [...fields.keys()])}`;
}

function pathKey(...path: string[]): string {
  return path.join('\0');
}
