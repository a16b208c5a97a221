import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { QuickClock } from '../../test/support/client.ts';
import { missing } from '../../test/support/copying.ts';
import type { Clock } from '../http/index.ts';
import {
  type BuiltImage,
  buildImage,
  type EmbeddedRegistry,
  type Features,
  putImage,
  type RequestRecord,
  startRegistry,
} from '../testing/index.ts';
import { FakeRun, runOptions } from './fake-run.ts';
import { formatMapping } from './mapping.ts';
import type { RunOptions } from './options.ts';
import { run } from './run.ts';

/** Registries that make it hard: without mounts from anywhere, as docker-registry. */
const STRICT: Partial<Features> = { anonymousMount: false, referrers: false };

/** Images on few bases, each of two platforms, with a large layer and a small one of its own. */
const IMAGES = Array.from({ length: 24 }, (_, seed) =>
  buildImage({
    platforms: [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ],
    layers: ({ architecture }) => [
      { seed: 1000 + (seed % 3), size: 90_000 },
      { seed: 2000 + (seed % 5), size: 700 },
      { files: { architecture, seed: String(seed) } },
    ],
  }),
);

/** Everything that one process would send, each blob once. */
const DISTINCT = new Set(IMAGES.flatMap(({ blobs }) => blobs.map(({ digest }) => digest))).size;

/** A relocation of all images from one registry to another. */
class Relocation implements AsyncDisposable {
  readonly source: EmbeddedRegistry;
  readonly target: EmbeddedRegistry;
  readonly mapping: string;

  private constructor(source: EmbeddedRegistry, target: EmbeddedRegistry) {
    this.source = source;
    this.target = target;
    const entries = IMAGES.map(({ root }, index) => {
      const tag = `${target.host}/to/app${index}:v1`;
      return [`${source.host}/app${index}:v1`, { tag, digest: root.digest }] as const;
    });
    this.mapping = formatMapping(new Map(entries));
  }

  /** `onUpload` is called in the middle of the upload after so many. */
  static async start(
    features: Partial<Features>,
    { after = 0, onUpload }: { readonly after?: number; readonly onUpload?: () => void } = {},
  ): Promise<Relocation> {
    const [source, target] = await Promise.all([
      startRegistry(),
      startRegistry({
        features,
        faults: onUpload
          ? [{ match: { kind: 'PUT upload' }, after, times: 1, action: { kind: 'delay', ms: 1 } }]
          : [],
        sleep: async () => onUpload?.(),
      }),
    ]);
    for (const [index, image] of IMAGES.entries()) putImage(source.store, `app${index}`, 'v1', image);
    return new Relocation(source, target);
  }

  /** Runs a shard; `signal` kills it. */
  async shard(
    index: number,
    count: number,
    {
      clock,
      signal,
      ...options
    }: Partial<RunOptions> & { readonly clock?: Clock; readonly signal?: AbortSignal } = {},
  ): Promise<FakeRun> {
    const context = new FakeRun([], { ...(clock ? { clock } : {}), ...(signal ? { signal } : {}) });
    context.files.set('mapping', this.mapping);
    try {
      await run(
        runOptions({
          mappingsOnly: true,
          staticMapping: { kind: 'file', path: 'mapping' },
          shard: { index, count },
          ...options,
        }),
        context,
      );
    } finally {
      context.client.close();
    }
    return context;
  }

  /** Uploads that were completed. */
  get uploads(): readonly RequestRecord[] {
    return this.target.requests.filter(({ kind, status }) => kind === 'PUT upload' && status === 201);
  }

  assertComplete(): void {
    for (const [index, image] of IMAGES.entries())
      assert.deepEqual(missing(this.target, `to/app${index}`, 'v1', image), [], `app${index}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.source.stop(), this.target.stop()]);
  }
}

function held({ target }: Relocation): readonly BuiltImage[] {
  return IMAGES.filter(
    ({ root }, index) => target.store.manifest(`to/app${index}`, 'v1')?.digest === root.digest,
  );
}

const ALL = [0, 1, 2, 3];

for (const [name, features] of [
  ['that mounts only from where it is told', STRICT],
  ['that mounts from wherever it has a blob', {}],
  ['that mounts nothing', { mount: false, anonymousMount: false }],
] as const) {
  describe(`shards and a registry ${name}`, () => {
    const mounts = !('mount' in features);

    test('at the same time send each blob once', async () => {
      await using relocation = await Relocation.start(features);
      const runs = await Promise.all(ALL.map((index) => relocation.shard(index, 4)));
      relocation.assertComplete();
      if (mounts) assert.equal(relocation.uploads.length, DISTINCT);
      for (const { progress } of runs) assert.ok(progress.copied > 0 && progress.copied < IMAGES.length);
      assert.equal(
        runs.reduce((sum, { progress }) => sum + progress.copied, 0),
        IMAGES.length,
      );
    });

    test('one after the other send each blob once, and wait for nobody', async () => {
      await using relocation = await Relocation.start(features);
      for (const index of [2, 0, 3, 1]) {
        const clock = new QuickClock();
        await relocation.shard(index, 4, { clock, shardPatience: 0 });
        assert.deepEqual(clock.sleeps, []);
      }
      relocation.assertComplete();
      if (mounts) assert.equal(relocation.uploads.length, DISTINCT);
    });
  });
}

describe('shards', () => {
  test('do not wait for ever for one that is not there, and it sends nothing again when it comes', async () => {
    await using relocation = await Relocation.start(STRICT);
    const clock = new QuickClock();
    const { logged } = await relocation.shard(0, 2, { clock });
    assert.ok(clock.sleeps.length > 0);
    assert.ok(logged.includes('warning: a shard shows no progress: what it was to send is sent here'));
    const before = relocation.uploads.length;
    const late = await relocation.shard(1, 2, { clock: new QuickClock() });
    relocation.assertComplete();
    assert.equal(late.progress.blobsSent, DISTINCT - before);
    assert.equal(relocation.uploads.length, DISTINCT);
  });

  test('one that is killed and started again sends only what is missing', async () => {
    const kill = new AbortController();
    await using relocation = await Relocation.start(STRICT, {
      after: DISTINCT / 2,
      onUpload: () => kill.abort(new Error('killed')),
    });
    const others = ALL.slice(1).map((index) => relocation.shard(index, 4));
    const dying = relocation.shard(0, 4, { signal: kill.signal, jobs: 1 });
    await assert.rejects(dying, { message: 'killed' });
    assert.ok(held(relocation).length < IMAGES.length);
    await relocation.shard(0, 4);
    await Promise.all(others);
    relocation.assertComplete();
    assert.equal(relocation.uploads.length, DISTINCT);
  });

  test('ask once for each image when all is there, and read nothing', async () => {
    await using relocation = await Relocation.start(STRICT);
    await relocation.shard(0, 1);
    relocation.target.reset();
    relocation.source.reset();
    await relocation.shard(1, 4);
    assert.deepEqual(relocation.target.counts(), { 'HEAD manifest': IMAGES.length });
    assert.deepEqual(relocation.source.counts(), {});
  });

  test('have the mapping of their own images, and each image is in one of them', async () => {
    await using relocation = await Relocation.start(STRICT);
    const written: string[] = [];
    for (const index of ALL) {
      const { files } = await relocation.shard(index, 4, {
        shardPatience: 0,
        writeMapping: { file: 'out', image: undefined, imagesLock: undefined, kbldLock: undefined },
      });
      written.push(...Object.keys(JSON.parse(files.get('out') ?? '')));
    }
    assert.deepEqual(written.toSorted(), Object.keys(JSON.parse(relocation.mapping)).toSorted());
  });

  test('a dry run of a shard reads no manifests', async () => {
    await using relocation = await Relocation.start(STRICT);
    const { logged } = await relocation.shard(1, 4, { dryRun: true });
    assert.ok(logged.length > 0 && logged.every((line) => line === 'dry run: not copied'));
    assert.deepEqual(relocation.source.counts(), {});
  });
});
