import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuiltImage, type Link, startLink } from '../../src/testing/index.ts';
import type { Outcome } from '../support/processes.ts';
import { RawClient } from '../support/raw-client.ts';
import { reimage } from './command.ts';

const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** What a registry holds under a name. */
export interface Held {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** Starts a case's own view of a registry: a part of its names, a count of requests, and a folder for files. */
export async function openWorld(server: { readonly host: string }, prefix: string): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-e2e-'));
  const options = { upstream: server.host, roundTripMs: 0, sleep: async () => undefined };
  const [link, far] = await Promise.all([startLink(options), startLink(options)]);
  return new World(server.host, [link, far], prefix, folder);
}

/** What a case works with. Setting up and looking goes past the link, so it is not counted. */
export class World implements AsyncDisposable {
  /** Holds the case's files; gone after it. */
  readonly folder: string;
  readonly #prefix: string;
  readonly #link: Link;
  /** The same registry under another name. */
  readonly #far: Link;
  readonly #direct: RawClient;

  constructor(host: string, [link, far]: readonly [Link, Link], prefix: string, folder: string) {
    this.#direct = new RawClient(`http://${host}`);
    this.#link = link;
    this.#far = far;
    this.#prefix = prefix;
    this.folder = folder;
  }

  get host(): string {
    return this.#link.host;
  }

  /** The registry's name where no port may be. */
  get pathSafeHost(): string {
    return this.host.replace(':', '-');
  }

  /** The whole name of a path of this case. */
  name(path: string): string {
    return `${this.host}/${this.#prefix}/${path}`;
  }

  /** The same, on what a client must take for another host. */
  farName(path: string): string {
    return `${this.#far.host}/${this.#prefix}/${path}`;
  }

  /** Where the default template puts an image of `path`, under `remote`. */
  imported(path: string, { root }: BuiltImage, remote = 'imported'): string {
    return `${this.name(remote)}/${this.pathSafeHost}/${this.#prefix}/${path}:${root.digest.slice(7)}`;
  }

  /** A target's path, as `held` and `tags` want it. */
  pathOf(name: string): string {
    return name.slice(this.name('').length).replace(/[:@][^/]*$/, '');
  }

  /** Requests by kind since the last reset. */
  get counts(): Readonly<Record<string, number>> {
    return this.#link.counts();
  }

  /** Requests to the other host. */
  get farCounts(): Readonly<Record<string, number>> {
    return this.#far.counts();
  }

  /** How many requests changed something. */
  get writes(): number {
    return this.#link.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD').length;
  }

  get requestTotal(): number {
    return this.#link.requests.length;
  }

  resetCounts(): void {
    this.#link.reset();
  }

  async reimage(args: readonly string[], stdin = '', env: Record<string, string> = {}): Promise<Outcome> {
    return await reimage(args, { stdin, cwd: this.folder, env });
  }

  /** Writes a file of the case and gives its path, which is its name: commands run in the folder. */
  async file(name: string, content: string): Promise<string> {
    await writeFile(join(this.folder, name), content);
    return name;
  }

  /** Reads a file of the case. */
  async read(name: string): Promise<string> {
    return await readFile(join(this.folder, name), 'utf8');
  }

  /** A registries.conf by which Docker Hub is this registry, under `hub`. */
  async hubMirror(): Promise<string> {
    const location = JSON.stringify(this.name('hub'));
    return await this.file(
      'registries.conf',
      `[[registry]]\nprefix = "docker.io"\nlocation = ${location}\ninsecure = true\n`,
    );
  }

  /** Puts an image there, whole. */
  async put(path: string, tag: string | undefined, image: BuiltImage): Promise<void> {
    for (const { digest, bytes } of image.blobs) await this.#putBlob(path, digest, bytes);
    for (const { digest, bytes, mediaType } of image.manifests) {
      const name = digest === image.root.digest && tag !== undefined ? tag : digest;
      await this.#expect(201, 'PUT', this.#url(path, 'manifests', name), {
        headers: { 'Content-Type': mediaType },
        body: bytes,
      });
    }
  }

  /** What a tag or digest holds; undefined when it holds nothing. */
  async held(path: string, reference: string): Promise<Held | undefined> {
    const answer = await this.#direct.send('GET', this.#url(path, 'manifests', reference), {
      headers: { Accept: ACCEPT },
    });
    if (answer.status !== 200) return undefined;
    return {
      digest: String(answer.headers['docker-content-digest']),
      mediaType: String(answer.headers['content-type']),
      bytes: answer.body,
    };
  }

  async blob(path: string, digest: string): Promise<Buffer | undefined> {
    const answer = await this.#direct.send('GET', this.#url(path, 'blobs', digest));
    return answer.status === 200 ? answer.body : undefined;
  }

  /** The tags of a repository, in order; undefined when there is no such repository. */
  async tags(path: string): Promise<readonly string[] | undefined> {
    const answer = await this.#direct.send('GET', `/v2/${this.#prefix}/${path}/tags/list`);
    if (answer.status !== 200) return undefined;
    const { tags }: { tags: string[] | null } = JSON.parse(answer.body.toString());
    return (tags ?? []).toSorted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#link.stop(), this.#far.stop()]);
    await rm(this.folder, { recursive: true, force: true });
  }

  async #putBlob(path: string, digest: string, bytes: Uint8Array): Promise<void> {
    const { headers } = await this.#expect(202, 'POST', this.#url(path, 'blobs', 'uploads/'));
    const session = new URL(String(headers.location), `http://${this.host}`);
    session.searchParams.set('digest', digest);
    await this.#expect(201, 'PUT', session.pathname + session.search, { body: bytes });
  }

  #url(path: string, kind: string, reference: string): string {
    return `/v2/${this.#prefix}/${path}/${kind}/${reference}`;
  }

  async #expect(
    status: number,
    ...request: Parameters<RawClient['send']>
  ): Promise<Awaited<ReturnType<RawClient['send']>>> {
    const answer = await this.#direct.send(...request);
    if (answer.status === status) return answer;
    throw new Error(`${request[0]} ${request[1]}: ${answer.status} ${answer.body.toString()}`);
  }
}
