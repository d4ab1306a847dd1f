/**
 * Drawing: a machine's chart as data that a page can draw: where its states and arrows are. Made once, when the page is
 * built. Types only.
 */
import type { State } from '../../machines/states.js';
import type { Transition } from '../../machines/transitions.js';

export type Point = readonly [x: number, y: number];

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface DrawnState extends Box, State {
  /** Its own name, without those of the states around it. */
  readonly name: string;
  readonly depth: number;
  /** Transitions that leave it as it is: each a line in its box. */
  readonly inner: readonly Line[];
}

/** A transition, in words. */
export interface Line {
  readonly transition: string;
  readonly text: string;
}

/** All transitions from one state to another. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly points: readonly Point[];
  readonly lines: readonly Line[];
  readonly label: Box;
}

export interface Drawing {
  readonly name: string;
  readonly purpose: string;
  readonly width: number;
  readonly height: number;
  /** Outer ones before those in them. */
  readonly states: readonly DrawnState[];
  readonly arrows: readonly Arrow[];
  readonly transitions: readonly Transition[];
  readonly mermaid: string;
}

/** In pixels of a drawing: the font is monospaced, so that texts can be measured without a screen. */
export const metrics = { fontSize: 11, charWidth: 6.62, lineHeight: 15, titleHeight: 24, padding: 10 } as const;
