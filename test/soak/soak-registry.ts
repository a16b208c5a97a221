import { setTimeout as wait } from 'node:timers/promises';
import { putImage, startRegistry, type EmbeddedRegistry, type User } from '../../src/testing/index.ts';
import type { Content } from './content.ts';
import { Gate } from './gate.ts';

/** A registry with token auth that can be shut, restarted, throttled, and made to fail for some repositories. */
export class SoakRegistry implements AsyncDisposable {
  readonly #registry: EmbeddedRegistry;
  readonly #gate: Gate;
  /** Who may pull; the registry looks at it for each token. */
  readonly #users: User[];
  readonly #failing = new Set<string>();
  #throttled = false;
  #requests = 0;

  private constructor(registry: EmbeddedRegistry, gate: Gate, users: User[]) {
    this.#registry = registry;
    this.#gate = gate;
    this.#users = users;
  }

  /** Without a user everybody may pull, with a token that everybody gets. */
  static async start(user?: User): Promise<SoakRegistry> {
    const users = user ? [user] : [];
    const registry = await startRegistry({
      auth: { kind: 'token', users, anonymousPull: user === undefined, lifetimeSeconds: 60 },
    });
    const gate = await Gate.open(() => Number(registry.host.split(':')[1]));
    return new SoakRegistry(registry, gate, users);
  }

  get host(): string {
    return this.#gate.host;
  }

  put(repository: string, tag: string | undefined, { image }: Content): void {
    putImage(this.#registry.store, repository, tag, image);
  }

  deleteTag(repository: string, tag: string): void {
    this.#registry.store.deleteTag(repository, tag);
  }

  /** From now on a repository is answered 503, or no more. */
  fail(repository: string, failing: boolean): void {
    if (failing) this.#failing.add(repository);
    else this.#failing.delete(repository);
    this.#script();
  }

  /** From now on everything is answered 429, or no more. */
  throttle(throttled: boolean): void {
    this.#throttled = throttled;
    this.#script();
  }

  cut(): void {
    this.#gate.cut();
  }

  /** Goes away and comes back, with no memory of its tokens. */
  async restart(pauseMs: number): Promise<void> {
    await this.#gate.shut();
    await this.#registry.stop();
    await wait(pauseMs);
    this.#registry.revokeTokens();
    await this.#registry.start();
    await this.#gate.open();
  }

  allow(user: User): void {
    this.#users.push(user);
  }

  /** Takes the login away that has been there for the longest, and all tokens. */
  disallowOldest(): void {
    this.#users.shift();
    this.#registry.revokeTokens();
  }

  /** Requests since the start. */
  countRequests(): number {
    this.#requests += this.#registry.requests.length;
    // It remembers each of them, and there will be many.
    this.#registry.reset();
    this.#script();
    return this.#requests;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gate.shut();
    await this.#registry.stop();
  }

  #script(): void {
    const { faults } = this.#registry;
    faults.clear();
    if (this.#throttled) {
      const headers = { 'Retry-After': '2' };
      faults.add({
        match: {},
        action: { kind: 'status', status: 429, headers, code: 'TOOMANYREQUESTS' },
      });
    }
    for (const repository of this.#failing) {
      faults.add({
        match: { path: new RegExp(`^/v2/${repository}/`) },
        action: { kind: 'status', status: 503 },
      });
    }
  }
}
