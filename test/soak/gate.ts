import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A port that leads to a server wherever that is now, and that can be shut: what goes through can be cut. */
export class Gate implements AsyncDisposable {
  readonly #upstream: () => number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  private constructor(upstream: () => number) {
    this.#upstream = upstream;
  }

  /** `upstream` tells the loopback port that it leads to, asked for each connection. */
  static async open(upstream: () => number): Promise<Gate> {
    const gate = new Gate(upstream);
    await gate.open();
    return gate;
  }

  /** `127.0.0.1:PORT`, the same as long as it lives. */
  get host(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Cuts all that goes through; what comes then may pass. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Cuts all that goes through, and refuses what comes. */
  async shut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = once(server, 'close');
    server.close();
    this.cut();
    await closed;
  }

  async open(): Promise<void> {
    const server = createServer((inner) => this.#join(inner));
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
    this.#server = server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shut();
  }

  #join(inner: Socket): void {
    const outer = connect(this.#upstream(), '127.0.0.1');
    for (const [one, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      this.#sockets.add(one);
      // Whichever way one side goes, the other goes too.
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroySoon();
      });
      one.pipe(other);
    }
  }
}
