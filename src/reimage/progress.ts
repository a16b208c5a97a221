import { type CopyProgress, startOfCopy } from '../registry/index.ts';

/** Counters that a terminal shows while the run goes on. */
export interface RunProgress extends CopyProgress {
  phase: 'reading' | 'resolving' | 'copying' | 'attesting' | 'writing' | 'done';
  images: number;
  resolved: number;
  toCopy: number;
  copied: number;
  toScan: number;
  scanned: number;
  toAttest: number;
  attested: number;
  requests: number;
}

/** The counters of a run that begins. */
export function startOfRun(): RunProgress {
  return {
    phase: 'reading',
    images: 0,
    resolved: 0,
    toCopy: 0,
    copied: 0,
    toScan: 0,
    scanned: 0,
    toAttest: 0,
    attested: 0,
    requests: 0,
    ...startOfCopy(),
  };
}
