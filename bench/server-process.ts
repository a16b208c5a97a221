import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { join } from 'node:path';

const MEMORY_FOLDER = '/dev/shm';

/** A server in a process of its own, so that it shares neither memory nor an event loop with what is measured. */
export class ServerProcess implements AsyncDisposable {
  /** What it told when it was ready. */
  readonly ready: unknown;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, ready: unknown) {
    this.#process = process;
    this.ready = ready;
  }

  /** Starts a file of this folder and waits until it tells that it is ready. */
  static async start(file: string, args: readonly string[]): Promise<ServerProcess> {
    const inMemory = await access(MEMORY_FOLDER).then(
      () => true,
      () => false,
    );
    const child = fork(join(import.meta.dirname, file), args, {
      // A disk would be measured too.
      env: inMemory ? { ...process.env, TMPDIR: MEMORY_FOLDER } : process.env,
      // A link that spends its time on garbage takes the processor from who is measured.
      execArgv: ['--max-semi-space-size=1'],
    });
    return new ServerProcess(child, await answerOf(child));
  }

  /** What it answers. */
  async ask(question: string): Promise<unknown> {
    const answer = answerOf(this.#process);
    this.#process.send(question);
    return await answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exit = once(this.#process, 'exit');
    this.#process.disconnect();
    await exit;
  }
}

/** What a server process says next; throws when it ends instead. */
export async function answerOf(child: ChildProcess): Promise<unknown> {
  const over = new AbortController();
  try {
    return await Promise.race([
      once(child, 'message', { signal: over.signal }).then(([message]: unknown[]) => message),
      once(child, 'exit', { signal: over.signal }).then(() => {
        throw new Error('the server process ended');
      }),
    ]);
  } finally {
    over.abort();
  }
}
