import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Seed } from './seed.ts';
import { isReady, isTraffic, type Traffic } from './traffic.ts';

export interface ServerOptions {
  /** Debian's registry behind a link that wants tokens, or the embedded one as it is. */
  readonly kind: 'docker' | 'embedded';
  readonly seed: Seed;
  readonly roundTripMs: number;
}

const MEMORY_FOLDER = '/dev/shm';

/** A registry in a process of its own. */
export class Server implements AsyncDisposable {
  readonly host: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, host: string) {
    this.#process = process;
    this.host = host;
  }

  /** Starts the process and waits until the registry is filled and listens. */
  static async start({ kind, seed, roundTripMs }: ServerOptions): Promise<Server> {
    const inMemory = await access(MEMORY_FOLDER).then(
      () => true,
      () => false,
    );
    const child = fork(join(import.meta.dirname, 'servers.ts'), [kind, seed, String(roundTripMs)], {
      // A disk would be measured too.
      env: inMemory ? { ...process.env, TMPDIR: MEMORY_FOLDER } : process.env,
      // A link that spends its time on garbage takes the processor from who is measured.
      execArgv: ['--max-semi-space-size=1'],
    });
    const ready = await answerOf(child);
    if (!isReady(ready)) throw new Error('the server process does not say where it listens');
    return new Server(child, ready.host);
  }

  /** Forgets what went through. */
  async reset(): Promise<void> {
    await this.#ask('reset');
  }

  async traffic(): Promise<Traffic> {
    return this.#ask('traffic');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exit = once(this.#process, 'exit');
    this.#process.disconnect();
    await exit;
  }

  async #ask(question: 'reset' | 'traffic'): Promise<Traffic> {
    const answer = answerOf(this.#process);
    this.#process.send(question);
    const traffic = await answer;
    if (!isTraffic(traffic)) throw new Error('the server process does not tell its traffic');
    return traffic;
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
