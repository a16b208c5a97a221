import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EmbeddedRegistry, RegistryStore, startRegistry } from '../../src/testing/index.ts';

const PUBLIC_HOSTS = ['docker.io', 'quay.io'];

/** Two registries in this process: one stands in for the public ones, one is the company's and wants a password. */
export class Registries implements AsyncDisposable {
  readonly login: { readonly user: string; readonly password: string };
  readonly standIn: EmbeddedRegistry;
  readonly company: EmbeddedRegistry;

  private constructor(
    standIn: EmbeddedRegistry,
    company: EmbeddedRegistry,
    login: { readonly user: string; readonly password: string },
  ) {
    this.standIn = standIn;
    this.company = company;
    this.login = login;
  }

  static async start(): Promise<Registries> {
    const login = { user: 'shop', password: randomBytes(12).toString('hex') };
    const standIn = await startRegistry({
      store: new RegistryStore(),
      auth: { kind: 'token', users: [], anonymousPull: true },
    });
    try {
      const company = await startRegistry({
        hostname: 'localhost',
        auth: { kind: 'token', users: [{ name: login.user, password: login.password }] },
      });
      return new Registries(standIn, company, login);
    } catch (error) {
      await standIn.stop();
      throw error;
    }
  }

  get publicHosts(): readonly string[] {
    return PUBLIC_HOSTS;
  }

  /** Writes the `registries.conf` that leads from the public names to the stand-in; gives its path. */
  async configure(folder: string): Promise<string> {
    const path = join(folder, 'registries.conf');
    const mirrors = PUBLIC_HOSTS.map(
      (host) => `[[registry]]\nprefix = "${host}"\nlocation = "${this.standIn.host}/${host}"\n`,
    );
    await writeFile(path, mirrors.join('\n'));
    return path;
  }

  /** Requests of both by kind since they were last forgotten. */
  counts(): Readonly<Record<string, number>> {
    const sum: Record<string, number> = {};
    for (const registry of [this.standIn, this.company]) {
      for (const [kind, count] of Object.entries(registry.counts())) sum[kind] = (sum[kind] ?? 0) + count;
    }
    return sum;
  }

  /** The manifests that were asked for, by path. */
  get lookedUp(): ReadonlySet<string> {
    const requests = [...this.standIn.requests, ...this.company.requests];
    return new Set(
      requests
        .filter(({ kind, status }) => kind === 'HEAD manifest' && status === 200)
        .map(({ path }) => path),
    );
  }

  forget(): void {
    this.standIn.reset();
    this.company.reset();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.standIn.stop(), this.company.stop()]);
  }
}
