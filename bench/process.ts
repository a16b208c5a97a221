import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** What a whole process needed. */
export interface ProcessFigures {
  readonly milliseconds: number;
  /** Peak resident memory in bytes; undefined where the system does not tell. */
  readonly memory: number | undefined;
}

export interface ProcessOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Files that stand for the standard streams. */
  readonly stdin?: string;
  readonly stdout: string;
  readonly stderr: string;
}

const SAMPLE_MS = 10;

/** Runs a program to its end, from starting it until it is gone; throws when it fails. */
export async function timeProcess(
  program: string,
  args: readonly string[],
  { env, stdin = '/dev/null', stdout, stderr }: ProcessOptions,
): Promise<ProcessFigures> {
  await using input = await open(stdin, 'r');
  await using output = await open(stdout, 'w');
  await using errors = await open(stderr, 'a');
  const started = performance.now();
  const child = spawn(program, args, { env, stdio: [input.fd, output.fd, errors.fd] });
  let memory = 0;
  const sampling = setInterval(() => {
    memory = Math.max(memory, child.pid === undefined ? 0 : peakOf(child.pid));
  }, SAMPLE_MS);
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (exitCode) => resolve(exitCode ?? -1));
    });
    const milliseconds = performance.now() - started;
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}, see ${stderr}`);
    return { milliseconds, memory: memory === 0 ? undefined : memory };
  } finally {
    clearInterval(sampling);
  }
}

/** The high water mark so far (proc_pid_status(5), VmHWM). */
function peakOf(pid: number): number {
  try {
    const match = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(match?.[1] ?? 0) * 1024;
  } catch {
    // It is gone, or this is no Linux.
    return 0;
  }
}
