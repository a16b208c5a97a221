import { spawn } from 'node:child_process';

/** A program to run to its end, without a shell. */
export interface ProcessRequest {
  /** A path, or a name on the PATH of `variables`. */
  readonly program: string;
  readonly args: readonly string[];
  /** What it can read; nothing where there is none. */
  readonly input?: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** What came of a program. */
export interface ProcessResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program; rejects when it cannot be started, and with the signal's reason when that aborts, which kills it. */
export type ProcessRunner = (request: ProcessRequest, signal: AbortSignal) => Promise<ProcessResult>;

/** Longest output, in characters: credentials with a chain of certificates, the longest that is asked for, stay far below. */
const MAX_OUTPUT = 1_048_576;

/** Runs a program as a child process. */
export async function runProcess(request: ProcessRequest, signal: AbortSignal): Promise<ProcessResult> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<ProcessResult>();
  const child = spawn(request.program, [...request.args], {
    env: request.variables,
    signal,
    killSignal: 'SIGKILL',
    windowsHide: true,
  });
  // What the program started may outlive it with its output in hand: nobody reads that to the end.
  const letGo = (): void => {
    child.stdout.destroy();
    child.stderr.destroy();
  };
  signal.addEventListener('abort', letGo, { once: true });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    if (stdout.length <= MAX_OUTPUT) return;
    child.kill('SIGKILL');
    letGo();
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-MAX_OUTPUT);
  });
  // A program that ends without reading its input is judged by what it printed.
  child.stdin.on('error', () => undefined);
  child.stdin.end(request.input);
  child.on('error', (error) => {
    // The signal's error comes before the kill has happened: wait for the exit, so that nothing is left behind.
    if (!signal.aborted) reject(error);
  });
  child.on('close', (exitCode) => {
    signal.removeEventListener('abort', letGo);
    if (signal.aborted) reject(signal.reason);
    else if (stdout.length > MAX_OUTPUT) reject(new Error(`it printed more than ${MAX_OUTPUT} characters`));
    else resolve({ exitCode, stdout, stderr });
  });
  return await promise;
}
