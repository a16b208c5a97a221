import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';

/** A program that runs in the background and writes into a log file. */
export class BackgroundProcess {
  readonly #child: ChildProcess;
  readonly #log: string;

  private constructor(child: ChildProcess, log: string) {
    this.#child = child;
    this.#log = log;
  }

  static async start(program: string, args: readonly string[], log: string): Promise<BackgroundProcess> {
    const file = await open(log, 'a');
    try {
      const child = spawn(program, args, { stdio: ['ignore', file.fd, file.fd] });
      await once(child, 'spawn');
      return new BackgroundProcess(child, log);
    } finally {
      await file.close();
    }
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Ends it, and waits until it is gone. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.ended) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exit;
  }

  /** The last that it wrote, for errors. */
  async lastWords(): Promise<string> {
    return (await readFile(this.#log, 'utf8')).trim().split('\n').slice(-5).join('\n');
  }
}

/** Ports on which nothing listens at this moment. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  });
  await Promise.all(servers.map(async (server) => once(server.close(), 'close')));
  return ports;
}
