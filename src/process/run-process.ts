import { type ChildProcess, spawn } from 'node:child_process';
import { CollectedOutput } from './collected-output.ts';

/** A program to run to its end, without a shell. */
export interface ProcessRequest {
  /** A path, or a name on the PATH of `variables`. */
  readonly program: string;
  readonly args: readonly string[];
  /** What it can read; nothing where there is none. */
  readonly input?: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Longest output in bytes; 1 MiB if not given. */
  readonly maxOutput?: number;
  /** Everything that it starts ends with it, unless that leaves its process group. */
  readonly group?: boolean;
  /** Told what it had said on stderr when the signal ended it. */
  readonly lastWords?: (stderr: string) => void;
}

/** A program that was ended because it printed more than was asked for. */
export class OutputLimitError extends Error {
  override name = 'OutputLimitError';
}

/** What came of a program. */
export interface ProcessResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  /** Of a long one the end. */
  readonly stderr: string;
}

/** Runs a program; rejects when it cannot be started, and with the signal's reason when that aborts, which kills it. */
export type ProcessRunner = (request: ProcessRequest, signal: AbortSignal) => Promise<ProcessResult>;

/** Credentials with a chain of certificates, the longest that most programs are asked for, stay far below. */
const MAX_OUTPUT = 1_048_576;

/** Runs a program as a child process. */
export async function runProcess(request: ProcessRequest, signal: AbortSignal): Promise<ProcessResult> {
  signal.throwIfAborted();
  const { group = false, maxOutput = MAX_OUTPUT } = request;
  const { promise, resolve, reject } = Promise.withResolvers<ProcessResult>();
  const child = spawn(request.program, [...request.args], {
    env: request.variables,
    detached: group,
    windowsHide: true,
  });
  const stdout = new CollectedOutput(maxOutput);
  const stderr = new CollectedOutput(MAX_OUTPUT);
  let running = true;
  /** False for what may not be killed. */
  const kill = (): boolean => !running || (group ? killGroup(child) : child.kill('SIGKILL'));
  // What the program started may outlive it with its output in hand: nobody reads that to the end.
  const letGo = (): void => {
    child.stdout.destroy();
    child.stderr.destroy();
  };
  const abort = (): void => {
    const killed = kill();
    letGo();
    if (killed) return;
    // Nobody waits for a program that runs on as another user, as one that sudo started does.
    child.unref();
    reject(signal.reason);
  };
  signal.addEventListener('abort', abort, { once: true });
  child.stdout.on('data', (chunk: Buffer) => {
    stdout.add(chunk);
    if (!stdout.tooLong) return;
    kill();
    letGo();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr.add(chunk);
    stderr.keepLast();
  });
  // A program that ends without reading its input is judged by what it printed.
  child.stdin.on('error', () => undefined);
  child.stdin.end(request.input);
  child.on('error', (error) => {
    if (!signal.aborted) reject(error);
  });
  child.on('exit', () => {
    // Its number stays taken as long as its group has members, and no longer: this is the last use of it.
    if (group) kill();
    running = false;
  });
  child.on('close', (exitCode) => {
    signal.removeEventListener('abort', abort);
    if (signal.aborted) {
      request.lastWords?.(stderr.text());
      reject(signal.reason);
    } else if (stdout.tooLong) {
      reject(new OutputLimitError(`it printed more than ${maxOutput} bytes`));
    } else {
      resolve({ exitCode, stdout: stdout.text(), stderr: stderr.text() });
    }
  });
  return await promise;
}

function killGroup(child: ChildProcess): boolean {
  if (child.pid === undefined) return true;
  try {
    return process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, 'code') === 'EPERM') return false;
    // Where there are no groups, on Windows, the program alone is what can be ended.
    child.kill('SIGKILL');
    return true;
  }
}
