import { Agent, request } from 'node:https';
import type { KubeApiserver } from './kube-apiserver.ts';

export interface WriteOptions {
  readonly body?: object;
  readonly contentType?: string;
}

/** At a time: more would only wait for each other at the server. */
const CONNECTIONS = 16;

/** Writes many objects, over connections that stay open: a TLS handshake for each would cost more than all the rest. */
export class KubeWriter implements Disposable {
  readonly #server: KubeApiserver;
  #agent: Agent;

  constructor(server: KubeApiserver) {
    this.#server = server;
    this.#agent = this.#open();
  }

  async create(path: string, body: object): Promise<void> {
    await this.send('POST', path, { body });
  }

  /** Changes the named fields; of lists, the items of the same names. */
  async patch(path: string, body: object): Promise<void> {
    await this.send('PATCH', path, { body, contentType: 'application/strategic-merge-patch+json' });
  }

  /** Takes an object away at once: nobody is here who would do it later. */
  async remove(path: string): Promise<void> {
    await this.send('DELETE', `${path}?gracePeriodSeconds=0&propagationPolicy=Background`);
  }

  /** Does a piece of work for each number below `count`, several at a time. */
  async each(count: number, work: (index: number) => Promise<void>): Promise<void> {
    const indexes = Array.from({ length: count }).keys();
    const worker = async (): Promise<void> => {
      for (const index of indexes) await work(index);
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  }

  /** Forgets its connections, after the server was restarted. */
  reconnect(): void {
    this.#agent.destroy();
    this.#agent = this.#open();
  }

  /** Throws for an answer from 300. */
  async send(
    method: string,
    path: string,
    { body, contentType = 'application/json' }: WriteOptions = {},
  ): Promise<string> {
    const bytes = body === undefined ? '' : JSON.stringify(body);
    const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const outgoing = request(new URL(path, this.#server.url), {
        method,
        agent: this.#agent,
        headers: {
          Authorization: `Bearer ${this.#server.token}`,
          'Content-Type': contentType,
          'Content-Length': Buffer.byteLength(bytes),
        },
      });
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        let answer = '';
        incoming.setEncoding('utf8').on('data', (piece: string) => (answer += piece));
        incoming.on('error', reject);
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, text: answer }));
      });
      outgoing.end(bytes);
    });
    if (status >= 300) throw new Error(`${method} ${path}: ${status}: ${text}`);
    return text;
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #open(): Agent {
    return new Agent({ keepAlive: true, maxSockets: CONNECTIONS, ca: this.#server.ca });
  }
}
