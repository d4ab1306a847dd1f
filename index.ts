export { MusterError, type MusterErrorCode } from './errors.js';
export type { Options, OptionsInput } from './layout/options.js';
export type { Layout, LayoutDefinition, NamedNode, Node, NodeDefinition, NodeType } from './layout/types.js';
