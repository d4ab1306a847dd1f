/**
 * Recursive-descent parser for Zeek's `cluster-layout.zeek`.
 *
 *   layout     = { "redef" ( "Cluster::nodes" ( "=" | "+=" ) table | "Cluster::manager_is_logger" "=" ( "T" | "F" ) ) ";" }
 *   table      = "{" [ entry { "," entry } [ "," ] ] "}" | "table" "(" [ entry { "," entry } [ "," ] ] ")"
 *   entry      = "[" expression "]" "=" record
 *   record     = "[" [ field { "," field } [ "," ] ] "]" | "Cluster::Node" "(" [ field { "," field } [ "," ] ] ")"
 *   field      = "$" word "=" expression
 *   expression = string | address | port | number | word [ "(" expression ")" ]
 */
import type { SourceText } from '../source-text.js';
import { Lexer, type Token } from './lexer.js';
import type { EntrySyntax, Expression, FieldSyntax, Statement } from './syntax.js';

/** `to_port(getenv("X"))` needs two. */
const maxCallDepth = 8;

/** @throws {@link MusterError} `MUSTER_LAYOUT_UNREADABLE`: `file:line:column: found …, expected …`. */
export function parseZeekLayout(source: SourceText): Statement[] {
  return new Parser(source).layout();
}

class Parser {
  readonly #source: SourceText;
  readonly #lexer: Lexer;
  #token: Token;

  constructor(source: SourceText) {
    this.#source = source;
    this.#lexer = new Lexer(source);
    this.#token = this.#lexer.next();
  }

  layout(): Statement[] {
    const statements: Statement[] = [];
    while (this.#token.kind !== 'end') statements.push(this.#statement());
    return statements;
  }

  #statement(): Statement {
    const { offset, kind, text } = this.#token;
    if (kind === 'directive')
      throw this.#unexpected(`"redef": a layout defines nodes and has no directives such as ${text}`);
    if (text === 'module') throw this.#unexpected('"redef": a layout defines no module');
    this.#take('redef');
    const target = this.#token.text;
    if (target !== 'Cluster::nodes' && target !== 'Cluster::manager_is_logger') {
      throw this.#unexpected(
        'Cluster::nodes or Cluster::manager_is_logger; other settings are options of joinCluster()',
      );
    }
    this.#advance();
    const statement =
      target === 'Cluster::nodes'
        ? ({ kind: 'nodes', operator: this.#operator(), entries: this.#table(), offset } as const)
        : ({ kind: 'managerIsLogger', value: this.#switch(), offset } as const);
    this.#take(';');
    return statement;
  }

  #operator(): '=' | '+=' {
    const { text } = this.#token;
    if (text !== '=' && text !== '+=') throw this.#unexpected('"=" or "+="');
    this.#advance();
    return text;
  }

  #table(): EntrySyntax[] {
    if (this.#token.text !== 'table')
      return this.#list('{', '}', 'an entry such as ["worker-1"] = [ … ]', () => this.#entry());
    this.#advance();
    return this.#list('(', ')', 'an entry such as ["worker-1"] = [ … ]', () => this.#entry());
  }

  #entry(): EntrySyntax {
    const { offset } = this.#token;
    this.#take('[', 'an entry such as ["worker-1"] = [ … ]');
    const name = this.#expression('the name of a node in double quotes');
    this.#take(']');
    this.#take('=');
    return { name, fields: this.#record(), offset };
  }

  #record(): FieldSyntax[] {
    const field = () => this.#field();
    if (this.#token.text === '[') return this.#list('[', ']', 'a field such as $ip=127.0.0.1', field);
    if (this.#token.text !== 'Cluster::Node')
      throw this.#unexpected('a record such as [$node_type=Cluster::WORKER, …]');
    this.#advance();
    return this.#list('(', ')', 'a field such as $ip=127.0.0.1', field);
  }

  #field(): FieldSyntax {
    const { offset } = this.#token;
    this.#take('$', 'a field such as $ip=127.0.0.1');
    const name = this.#token.text;
    if (this.#token.kind !== 'word') throw this.#unexpected('the name of a field');
    this.#advance();
    this.#take('=');
    return { name, value: this.#expression(`a value for $${name}`), offset };
  }

  #expression(expected: string, depth = 0): Expression {
    const { kind, value, offset } = this.#token;
    if (kind === 'host') throw this.#unexpected(`${expected}: host names are not resolved here`);
    if (kind === 'sign' || kind === 'directive' || kind === 'end') throw this.#unexpected(expected);
    if (depth > maxCallDepth) throw this.#unexpected(`calls nested no deeper than ${maxCallDepth}`);
    this.#advance();
    if (kind !== 'word') return { kind, value, offset };
    if (this.#token.text !== '(') return { kind: 'name', value, offset };
    this.#advance();
    const argument = this.#expression(`an argument for ${value}()`, depth + 1);
    this.#take(')');
    return { kind: 'call', name: value, argument, offset };
  }

  #switch(): boolean {
    this.#take('=');
    const { text } = this.#token;
    if (text !== 'T' && text !== 'F') throw this.#unexpected('T or F');
    this.#advance();
    return text === 'T';
  }

  /** Items between brackets, separated by commas, of which a last one may follow the last item. */
  #list<T>(open: string, close: string, expected: string, read: () => T): T[] {
    const items: T[] = [];
    this.#take(open);
    while (this.#token.text !== close) {
      if (this.#token.kind === 'end') throw this.#unexpected(`${expected} or "${close}"`);
      items.push(read());
      if (this.#token.text === ',') this.#advance();
      else if (this.#token.text !== close) throw this.#unexpected(`"," or "${close}"`);
    }
    this.#advance();
    return items;
  }

  #take(text: string, expected = `"${text}"`): void {
    if (this.#token.text !== text) throw this.#unexpected(expected);
    this.#advance();
  }

  #advance(): void {
    this.#token = this.#lexer.next();
  }

  #unexpected(expected: string) {
    const { kind, text, offset } = this.#token;
    const found = kind === 'end' ? 'the end of the file' : text.length > 80 ? `${text.slice(0, 79)}…` : text;
    return this.#source.error(offset, `found ${kind === 'sign' ? `"${found}"` : found}, expected ${expected}`);
  }
}
