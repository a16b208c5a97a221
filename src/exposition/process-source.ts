import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ProcessSource } from './process-metrics.ts';

/** Files of procfs; undefined where there is none. They come from memory, so that reading them waits for nothing. */
export interface Procfs {
  read(path: string): string | undefined;
  /** The number of entries. */
  count(path: string): number | undefined;
}

/** Milliseconds between looks at the event loop: often enough to see a stall of twice as many. */
const RESOLUTION = 20;

/** This process. */
export function processSource(procfs: Procfs): ProcessSource {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION });
  delays.enable();
  // Limits of a process are set before it starts.
  const limits = procfs.read('/proc/self/limits');
  return {
    startTime: performance.timeOrigin / 1000,
    cpuSeconds: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
    memory: () => process.memoryUsage(),
    virtualMemory: () => scale(procfs.read('/proc/self/status'), /^VmSize:\s+(\d+) kB$/m, 1024),
    // The folder counts the descriptor that reads it.
    openFds: () => {
      const count = procfs.count('/proc/self/fd');
      return count === undefined ? undefined : count - 1;
    },
    maxFds: () => scale(limits, /^Max open files\s+(\d+)/m, 1),
    longestLag: () => {
      const longest = delays.max / 1e6 - RESOLUTION;
      delays.reset();
      return Math.max(0, longest) / 1000;
    },
  };
}

function scale(text: string | undefined, number: RegExp, factor: number): number | undefined {
  const digits = text === undefined ? undefined : number.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits) * factor;
}
