import type { Seed } from './seed.ts';
import { ServerProcess } from './server-process.ts';
import { isReady, isTraffic, type Traffic } from './traffic.ts';

export interface ServerOptions {
  /**
   * Debian's registry behind a link that wants any token; the embedded one as it is; or the embedded one behind a link,
   * which wants a token for each repository, bought with `LOGIN`.
   */
  readonly kind: 'docker' | 'embedded' | 'strict';
  readonly seed: Seed;
  readonly roundTripMs: number;
}

/** A registry in a process of its own. */
export class Server implements AsyncDisposable {
  readonly host: string;
  readonly #process: ServerProcess;

  private constructor(process: ServerProcess, host: string) {
    this.#process = process;
    this.host = host;
  }

  /** Starts the process and waits until the registry is filled and listens. */
  static async start({ kind, seed, roundTripMs }: ServerOptions): Promise<Server> {
    const server = await ServerProcess.start('servers.ts', [kind, seed, String(roundTripMs)]);
    if (!isReady(server.ready)) throw new Error('the server process does not say where it listens');
    return new Server(server, server.ready.host);
  }

  /** Forgets what went through. */
  async reset(): Promise<void> {
    await this.#ask('reset');
  }

  async traffic(): Promise<Traffic> {
    return this.#ask('traffic');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }

  async #ask(question: 'reset' | 'traffic'): Promise<Traffic> {
    const traffic = await this.#process.ask(question);
    if (!isTraffic(traffic)) throw new Error('the server process does not tell its traffic');
    return traffic;
  }
}
