/** What the build makes. */
declare module 'virtual:drawings' {
  export const drawings: readonly import('../charts/drawing.js').Drawing[];
}

declare module '*.css';
