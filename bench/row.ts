import type { Lab } from './lab.ts';

/** What one program needed for a piece of work; what was not measured is undefined. */
export interface Figures {
  readonly milliseconds?: number;
  /** Without those that were answered 401. */
  readonly requests?: number;
  readonly connections?: number;
  /** Blobs uploaded, not mounted. */
  readonly blobs?: number;
  /** Peak resident memory of the process, in bytes. */
  readonly memory?: number | undefined;
  /** Resident memory once nothing is left to do, in bytes. */
  readonly settled?: number;
  /** The longest that the event loop was held up, in milliseconds. */
  readonly stall?: number;
  /** The slowest scrape, in milliseconds. */
  readonly scrape?: number;
  /** Requests to the API server. */
  readonly apiRequests?: number;
}

export interface Measured extends Figures {
  /** A program of ours, or the name of another with how it was run. */
  readonly subject: string;
}

/** The most that we may need. */
export interface Goal extends Figures {
  /** Milliseconds more than the first peer. */
  readonly beyondPeer?: number;
  /** At least this part of the first peer's rate. */
  readonly rateOfPeer?: number;
}

/** A line of the table: a piece of work, what is to be reached, and how to measure it. */
export interface Row {
  /** As on the command line. */
  readonly name: string;
  readonly work: string;
  /** Whose figures are held to the goal, for a row of the exporter; `reimage` when not given. */
  readonly us?: string;
  readonly goal: Goal;
  /** Figures of programs that are not measured here, from when the goal was set. */
  readonly known: readonly Measured[];
  /** Measures us first, then the public programs that are here. */
  measure(lab: Lab): Promise<readonly Measured[]>;
}

export interface RowResult {
  readonly row: Row;
  readonly measured: readonly Measured[];
}

export const US = 'reimage';
export const EXPORTER = 'exporter';
