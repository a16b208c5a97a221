import { type CopyProgress, startOfCopy } from '../registry/index.ts';

/** Counters that a terminal shows while the run goes on. */
export interface RunProgress extends CopyProgress {
  phase: 'reading' | 'resolving' | 'copying' | 'writing' | 'done';
  images: number;
  resolved: number;
  toCopy: number;
  copied: number;
  requests: number;
}

/** The counters of a run that begins. */
export function startOfRun(): RunProgress {
  return { phase: 'reading', images: 0, resolved: 0, toCopy: 0, copied: 0, requests: 0, ...startOfCopy() };
}
