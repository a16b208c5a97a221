import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import {
  buildImage,
  type EmbeddedRegistry,
  type Link,
  putImage,
  startLink,
  startRegistry,
} from '../../src/testing/index.ts';
import { startDockerRegistry } from '../support/docker-registry.ts';
import type { Outcome } from '../support/processes.ts';
import { RawClient } from '../support/raw-client.ts';
import { requireTool } from '../support/tools.ts';
import { builtProgram, environment, reimage } from './command.ts';

const ALL = [0, 1, 2, 3];
const ACCEPT = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';

/** Images of two platforms on four bases that all shards have images of, with a large and a small layer. */
const IMAGES = Array.from({ length: 24 }, (_, seed) =>
  buildImage({
    platforms: [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ],
    layers: ({ architecture }) => [
      { seed: 1000 + (seed % 4), size: 200_000 },
      { seed: 2000 + (seed % 7), size: 500 },
      { files: { architecture, seed: String(seed) } },
    ],
  }),
);
const DISTINCT = new Set(IMAGES.flatMap(({ blobs }) => blobs.map(({ digest }) => digest))).size;

interface Server {
  readonly host: string;
  stop(): Promise<void>;
}

/** An empty registry behind a link that counts, and the images' registry. */
class Relocation implements AsyncDisposable {
  readonly #source: EmbeddedRegistry;
  readonly #target: Server;
  readonly #link: Link;
  readonly #folder: string;

  private constructor(source: EmbeddedRegistry, target: Server, link: Link, folder: string) {
    this.#source = source;
    this.#target = target;
    this.#link = link;
    this.#folder = folder;
  }

  /** `onRequest` is called before each request to the target. */
  static async start(target: Server, onRequest: () => void = () => undefined): Promise<Relocation> {
    const source = await startRegistry();
    for (const [index, image] of IMAGES.entries()) putImage(source.store, `app${index}`, 'v1', image);
    const sleep = async (): Promise<void> => onRequest();
    const link = await startLink({ upstream: target.host, roundTripMs: 0, sleep });
    const folder = await mkdtemp(join(tmpdir(), 'tallyman-shards-'));
    const entries = IMAGES.map(({ root }, index) => [
      `${source.host}/app${index}:v1`,
      { tag: `${link.host}/to/app${index}:v1`, digest: root.digest },
    ]);
    await writeFile(join(folder, 'mapping.json'), JSON.stringify(Object.fromEntries(entries)));
    return new Relocation(source, target, link, folder);
  }

  args(...more: readonly string[]): readonly string[] {
    return ['-mappings-only', '-static-json-mappings-file', join(this.#folder, 'mapping.json'), ...more];
  }

  /** Runs to the end, which must be a good one. */
  async run(args: readonly string[], env: Record<string, string> = {}): Promise<void> {
    const outcome: Outcome = await reimage(this.args(...args), { env });
    assert.deepEqual([outcome.code, outcome.stdout], [0, ''], outcome.stderr);
  }

  /** The digests of blobs whose upload was completed, one for each time. */
  get uploads(): readonly string[] {
    return this.#link.requests
      .filter(({ kind, status }) => kind === 'PUT upload' && status === 201)
      .map(({ query }) => new URLSearchParams(query).get('digest') ?? '');
  }

  /** Everything that the target holds, by path: tags, manifests and blobs of all images. */
  async content(): Promise<ReadonlyMap<string, string>> {
    const client = new RawClient(`http://${this.#target.host}`);
    const content = new Map<string, string>();
    const read = async (path: string): Promise<void> => {
      const { status, body } = await client.send('GET', path, { headers: { Accept: ACCEPT } });
      content.set(path, `${status} ${body.toString('base64')}`);
    };
    for (const [index, image] of IMAGES.entries()) {
      const manifests = ['v1', ...image.manifests.map(({ digest }) => digest)];
      const paths = [
        'tags/list',
        ...manifests.map((name) => `manifests/${name}`),
        ...image.blobs.map(({ digest }) => `blobs/${digest}`),
      ];
      await Promise.all(paths.map((path) => read(`/v2/to/app${index}/${path}`)));
    }
    return new Map([...content].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link.stop();
    await Promise.all([this.#source.stop(), this.#target.stop()]);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

type StartServer = (t: TestContext) => Promise<Server | undefined>;

const SERVERS: Readonly<Record<string, StartServer>> = {
  'the embedded registry': () => startRegistry(),
  "Debian's docker-registry": async (t) => {
    const program = await requireTool(t, 'docker-registry');
    return program === undefined ? undefined : await startDockerRegistry(program);
  },
};

for (const [name, startServer] of Object.entries(SERVERS)) {
  describe(`four shards and ${name}`, () => {
    let one: ReadonlyMap<string, string> | undefined;

    /** What one process makes, in how many uploads; undefined where there is no registry. */
    async function contentOfOne(t: TestContext): Promise<ReadonlyMap<string, string> | undefined> {
      if (one) return one;
      const server = await startServer(t);
      if (!server) return undefined;
      await using relocation = await Relocation.start(server);
      await relocation.run([]);
      assert.equal(relocation.uploads.length, DISTINCT);
      one = await relocation.content();
      assert.ok([...one.values()].every((value) => value.startsWith('200 ')));
      return one;
    }

    test('at the same time do what one process does', async (t) => {
      const expected = await contentOfOne(t);
      const server = expected && (await startServer(t));
      if (!server) return;
      await using relocation = await Relocation.start(server);
      await Promise.all(
        ALL.map((index) => relocation.run(['-shard', '4'], { JOB_COMPLETION_INDEX: String(index) })),
      );
      assert.deepEqual(await relocation.content(), expected);
      assert.equal(relocation.uploads.length, DISTINCT);
      assert.equal(new Set(relocation.uploads).size, DISTINCT);
    });

    test('one after the other do what one process does', async (t) => {
      const expected = await contentOfOne(t);
      const server = expected && (await startServer(t));
      if (!server) return;
      await using relocation = await Relocation.start(server);
      for (const index of ALL) await relocation.run(['-shard', `${index}/4`, '-shard-wait', '0']);
      assert.deepEqual(await relocation.content(), expected);
      assert.equal(relocation.uploads.length, DISTINCT);
    });

    test('do so too when one is killed in the middle and started again', async (t) => {
      const expected = await contentOfOne(t);
      const server = expected && (await startServer(t));
      if (!server) return;
      const hook = { onRequest: (): void => undefined };
      await using relocation = await Relocation.start(server, () => hook.onRequest());
      const args = relocation.args('-shard', '0/4', '-jobs', '1');
      const doomed = spawn(process.execPath, [builtProgram(), ...args], { env: environment() });
      doomed.stdout.resume();
      doomed.stderr.resume();
      const ended = once(doomed, 'close');
      hook.onRequest = () => {
        if (relocation.uploads.length >= 10) doomed.kill('SIGKILL');
      };
      const others = ALL.slice(1).map((index) => relocation.run(['-shard', `${index}/4`]));
      assert.deepEqual(await ended, [null, 'SIGKILL']);
      await relocation.run(['-shard', '0/4']);
      await Promise.all(others);
      assert.deepEqual(await relocation.content(), expected);
      assert.equal(new Set(relocation.uploads).size, relocation.uploads.length, 'a blob was sent twice');
    });
  });
}
