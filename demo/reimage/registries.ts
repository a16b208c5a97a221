import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestHex, parseReference, type Reference } from '../../src/oci/index.ts';
import { type EmbeddedRegistry, RegistryStore, startRegistry } from '../../src/testing/index.ts';
import { fillCatalogue, folderOf, standIn } from './catalogue.ts';

/** Which of the wanted images the demo has, and how it came to them. */
export interface Supply {
  /** Images made up because the catalogue has none of that name. */
  readonly madeUp: readonly string[];
  /** Pinned to digests that only the real image has. */
  readonly impossible: readonly string[];
}

/** Requests and blobs of one run. */
export interface Traffic {
  /** Requests by kind, at the public registries and at the company's. */
  readonly read: Readonly<Record<string, number>>;
  readonly written: Readonly<Record<string, number>>;
  readonly blobs: number;
  readonly bytes: number;
  readonly mounted: number;
}

const USER = 'ci';

/** Two registries in this process: one stands in for all public ones, one is the company's. */
export class Registries implements AsyncDisposable {
  readonly #public: EmbeddedRegistry;
  readonly #company: EmbeddedRegistry;
  readonly #password: string;
  readonly images: number;

  private constructor(standsIn: EmbeddedRegistry, company: EmbeddedRegistry, password: string) {
    this.#public = standsIn;
    this.#company = company;
    this.#password = password;
    this.images = fillCatalogue(standsIn.store);
  }

  /** The public one gives tokens to everybody, as Docker Hub does; the company's wants a password. */
  static async start(): Promise<Registries> {
    const password = randomBytes(12).toString('hex');
    const standsIn = await startRegistry({
      store: new RegistryStore(),
      auth: { kind: 'token', users: [], anonymousPull: true },
    });
    try {
      const company = await startRegistry({
        hostname: 'localhost',
        auth: { kind: 'token', users: [{ name: USER, password }] },
      });
      return new Registries(standsIn, company, password);
    } catch (error) {
      await standsIn.stop();
      throw error;
    }
  }

  get publicHost(): string {
    return this.#public.host;
  }

  get companyHost(): string {
    return this.#company.host;
  }

  /** Sees that every wanted image is there as far as possible. */
  supply(references: readonly Reference[]): Supply {
    const madeUp: string[] = [];
    const impossible: string[] = [];
    for (const reference of references) {
      const outcome = standIn(this.#public.store, reference);
      if (outcome === 'made') madeUp.push(reference.text);
      if (outcome === 'impossible') impossible.push(reference.text);
    }
    return { madeUp, impossible };
  }

  /** Writes `registries.conf` and docker's `config.json` into a folder: all that `reimage` has to know. */
  async configure(folder: string, hosts: readonly string[]): Promise<void> {
    const mirrors = hosts.map(
      (host) => `[[registry]]\nprefix = "${host}"\nlocation = "${this.#public.host}/${folderOf(host)}"\n`,
    );
    const auth = Buffer.from(`${USER}:${this.#password}`).toString('base64');
    const config = { auths: { [this.#company.host]: { auth } } };
    await writeFile(join(folder, 'registries.conf'), mirrors.join('\n'));
    await writeFile(join(folder, 'config.json'), JSON.stringify(config), { mode: 0o600 });
  }

  /** The digest that a name of the company's registry has there. */
  companyDigest(name: string): Digest | undefined {
    const { repository, tag, digest } = parseReference(name);
    return this.#company.store.manifest(repository.path, digest ?? tag ?? '')?.digest;
  }

  /** What the company's registry is filled with. */
  get companyStore(): RegistryStore {
    return this.#company.store;
  }

  /** Of an image, its platforms, its signatures and what refers to it: the manifests that are not at the company's registry. */
  lacking(from: string, to: string): readonly Digest[] {
    return this.#manifestsOf(from).filter((digest) => !this.#isAt(to, digest));
  }

  /** Likewise, those that are there. */
  traces(from: string, to: string): readonly Digest[] {
    return this.#manifestsOf(from).filter((digest) => this.#isAt(to, digest));
  }

  /** What happened since it was last asked. */
  takeTraffic(): Traffic {
    const { blobs, bytes } = this.#company.uploaded;
    const mounted = this.#company.requests.filter(
      ({ kind, status }) => kind === 'mount' && status === 201,
    ).length;
    const traffic = { read: this.#public.counts(), written: this.#company.counts(), blobs, bytes, mounted };
    this.#public.reset();
    this.#company.reset();
    return traffic;
  }

  #isAt(name: string, digest: Digest): boolean {
    return this.#company.store.manifest(parseReference(name).repository.path, digest) !== undefined;
  }

  #manifestsOf(from: string): readonly Digest[] {
    const { repository, tag, digest } = parseReference(from);
    const { store } = this.#public;
    const path = `${folderOf(repository.registry)}/${repository.path}`;
    const root = store.manifest(path, digest ?? tag ?? '');
    if (!root) throw new Error(`${from} is not at the public registries`);
    const platforms = root.parsed?.kind === 'index' ? root.parsed.manifests.map((child) => child.digest) : [];
    const signatures = (store.tags(path) ?? [])
      .filter((name) => name.startsWith(`sha256-${digestHex(root.digest)}`))
      .flatMap((name) => store.manifest(path, name)?.digest ?? []);
    const referrers = store
      .manifests(path)
      .filter(({ parsed }) => parsed && 'subject' in parsed && parsed.subject?.digest === root.digest)
      .map((manifest) => manifest.digest);
    return [root.digest, ...platforms, ...signatures, ...referrers];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#public.stop(), this.#company.stop()]);
  }
}
