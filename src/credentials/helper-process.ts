import { spawn } from 'node:child_process';
import type { HelperRequest, HelperResult } from './helper.ts';

const MAX_OUTPUT = 65_536;

/** Runs a credential helper as a child process, without a shell; the signal kills it. */
export async function runHelperProcess(request: HelperRequest, signal: AbortSignal): Promise<HelperResult> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<HelperResult>();
  const child = spawn(request.program, ['get'], {
    env: request.variables,
    signal,
    killSignal: 'SIGKILL',
    windowsHide: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    if (stdout.length > MAX_OUTPUT) child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-MAX_OUTPUT);
  });
  // A helper that ends without reading its input is judged by what it printed.
  child.stdin.on('error', () => undefined);
  child.stdin.end(request.input);
  child.on('error', (error) => {
    // The signal's error comes before the kill has happened: wait for the exit, so that nothing is left behind.
    if (!signal.aborted) reject(error);
  });
  child.on('exit', () => {
    if (signal.aborted) reject(signal.reason);
  });
  child.on('close', (exitCode) => {
    if (stdout.length > MAX_OUTPUT) reject(new Error(`it printed more than ${MAX_OUTPUT} characters`));
    else resolve({ exitCode, stdout, stderr });
  });
  return await promise;
}
