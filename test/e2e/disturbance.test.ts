import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  type BuiltImage,
  type EmbeddedRegistry,
  type FaultMatch,
  putImage,
  startRegistry,
} from '../../src/testing/index.ts';
import { imageOf, multiPlatform, pod } from './cases.ts';
import { errorsOf, reimage } from './command.ts';
import { startHooked } from './hooked-registry.ts';

function target(registry: EmbeddedRegistry, path: string, { root }: BuiltImage): string {
  return `${registry.host}/r/${registry.host.replace(':', '-')}/${path}:${root.digest.slice(7)}`;
}

describe('a tag that moves meanwhile', { concurrency: 4 }, () => {
  const [before, later] = [multiPlatform(1), multiPlatform(2)];
  const moments: readonly (readonly [string, FaultMatch])[] = [
    ['between the look-up and the check of the target', { kind: 'HEAD manifest', path: /^\/v2\/r\// }],
    ['between the check of the target and the copy', { kind: 'GET manifest', path: /^\/v2\/app\// }],
  ];
  for (const [moment, match] of moments) {
    test(`${moment}: copied, recorded and printed is what was looked up`, async (t) => {
      const folder = await mkdtemp(join(tmpdir(), 'tallyman-e2e-'));
      t.after(() => rm(folder, { recursive: true }));
      const mapping = join(folder, 'm.json');
      await using registry = await startHooked(match, async ({ store }) =>
        putImage(store, 'app', 'v1', later),
      );
      putImage(registry.store, 'app', 'v1', before);
      const args = [
        '-remote-path',
        `${registry.host}/r`,
        '-rename-force-digest',
        '-write-mappings-file',
        mapping,
      ];
      const outcome = await reimage(args, { stdin: pod(`${registry.host}/app:v1`) });
      const name = target(registry, 'app', before);
      const repository = name.slice(0, name.lastIndexOf(':'));
      assert.equal(registry.store.manifest('app', 'v1')?.digest, later.root.digest, 'the tag moved');
      assert.equal(outcome.stdout, pod(`${repository}@${before.root.digest}`), outcome.stderr);
      const recorded = { [`${registry.host}/app:v1`]: { tag: name, digest: before.root.digest } };
      assert.deepEqual(JSON.parse(await readFile(mapping, 'utf8')), recorded);
      const path = repository.slice(registry.host.length + 1);
      assert.equal(registry.store.manifest(path, before.root.digest.slice(7))?.digest, before.root.digest);
      assert.deepEqual(
        registry.store
          .manifests(path)
          .map(({ digest }) => digest)
          .toSorted(),
        before.manifests.map(({ digest }) => digest).toSorted(),
      );
    });
  }
});

describe('a copy that broke off', { concurrency: 4 }, () => {
  test('is refused whole, and the next run sends only the rest', async () => {
    await using source = await startRegistry();
    await using registry = await startRegistry({
      faults: [
        {
          match: { kind: 'PUT manifest', path: /^\/v2\/r\/\S*b\// },
          action: { kind: 'status', status: 403, code: 'DENIED' },
        },
      ],
    });
    const [a, b] = [multiPlatform(1), multiPlatform(2)];
    putImage(source.store, 'a', 'v1', a);
    putImage(source.store, 'b', 'v1', b);
    const args = [
      '-remote-path',
      `${registry.host}/r`,
      '-rename-template',
      '{{ .RemotePath }}/{{ .Repository }}:{{ .Tag }}',
    ];
    const input = pod(`${source.host}/a:v1`, `${source.host}/b:v1`);
    const broken = await reimage(args, { stdin: input });
    assert.deepEqual([broken.stdout, broken.code], ['', 1]);
    assert.equal(errorsOf(broken).length, 1, broken.stderr);
    assert.match(
      errorsOf(broken)[0] ?? '',
      /^<stdin>:10:12 \(document 1\): image "[^"]+\/b:v1": \S+\/r\/b: cannot push manifest .*403 Forbidden: DENIED/,
    );
    assert.equal(
      registry.store.manifest('r/a', 'v1')?.digest,
      a.root.digest,
      'what could be copied is there',
    );
    assert.equal(registry.openUploads, 0);
    const sent = registry.uploaded.blobs;
    registry.reset();
    const second = await reimage(args, { stdin: input });
    assert.equal(second.stdout, pod(`${registry.host}/r/a:v1`, `${registry.host}/r/b:v1`), second.stderr);
    assert.equal(registry.store.manifest('r/b', 'v1')?.digest, b.root.digest);
    assert.ok(
      registry.requests.every(({ method, path }) => method === 'HEAD' || !path.startsWith('/v2/r/a/')),
    );
    assert.ok(sent > 0);
  });

  test('a cut connection, a 500 and a 429 are not the end', async () => {
    await using registry = await startRegistry({
      faults: [
        { match: { kind: 'HEAD manifest' }, times: 1, action: { kind: 'cut-response' } },
        { match: { kind: 'GET blob' }, times: 1, action: { kind: 'cut-response', afterBytes: 100 } },
        { match: { kind: 'GET manifest' }, times: 1, action: { kind: 'status', status: 500 } },
        {
          match: { kind: 'PUT manifest' },
          times: 1,
          action: { kind: 'status', status: 429, headers: { 'Retry-After': '0' } },
        },
      ],
    });
    await using far = await startRegistry();
    const image = multiPlatform(1);
    putImage(registry.store, 'app', 'v1', image);
    const outcome = await reimage(['-remote-path', `${far.host}/r`], {
      stdin: pod(`${registry.host}/app:v1`),
    });
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.equal(
      far.store.manifest(`r/${registry.host.replace(':', '-')}/app`, image.root.digest)?.digest,
      image.root.digest,
    );
  });
});

describe('registries that misbehave', { concurrency: 4 }, () => {
  test('nobody listens: one clear line per image, nothing printed', async () => {
    const registry = await startRegistry();
    const { host } = registry;
    await registry.stop();
    const outcome = await reimage([], { stdin: pod(`${host}/a:v1`, `${host}/b:v1`) });
    assert.deepEqual([outcome.stdout, outcome.code], ['', 1]);
    assert.deepEqual(
      errorsOf(outcome),
      ['a', 'b'].map(
        (name, index) =>
          `<stdin>:${8 + 2 * index}:12 (document 1): image "${host}/${name}:v1": ${host}/${name}: cannot look up tag "v1": connect ECONNREFUSED ${host}`,
      ),
    );
  });

  test('content that is not what its digest says is never passed on', async () => {
    await using far = await startRegistry();
    for (const kind of ['GET manifest', 'GET blob']) {
      await using registry = await startRegistry({
        faults: [{ match: { kind }, action: { kind: 'corrupt', at: 20 } }],
      });
      putImage(registry.store, 'app', 'v1', imageOf(1));
      const outcome = await reimage(['-remote-path', `${far.host}/r`], {
        stdin: pod(`${registry.host}/app:v1`),
      });
      assert.deepEqual([outcome.stdout, outcome.code], ['', 1]);
      assert.match(errorsOf(outcome).join('\n'), /sha256:[0-9a-f]{64}/);
      assert.deepEqual(
        far.store.repositories().flatMap((name) => far.store.manifests(name)),
        [],
      );
    }
  });

  test('HEAD without a digest is followed by GET, and only then; a missing image by nothing', async () => {
    await using registry = await startRegistry({ features: { digestHeader: false } });
    putImage(registry.store, 'app', 'v1', imageOf(1));
    const outcome = await reimage(['-rename-force-digest'], {
      stdin: pod(`${registry.host}/app:v1`, `${registry.host}/app:v2`),
    });
    assert.equal(outcome.code, 1);
    assert.deepEqual(registry.counts(), { 'HEAD manifest': 2, 'GET manifest': 1 });
  });

  test('a target that may not be read is taken for absent, and the push tells the truth', async () => {
    await using registry = await startRegistry({
      faults: [
        { match: { kind: 'HEAD manifest', path: /^\/v2\/r\// }, action: { kind: 'status', status: 403 } },
      ],
    });
    const image = imageOf(1);
    putImage(registry.store, 'app', 'v1', image);
    const args = ['-remote-path', `${registry.host}/r`];
    const outcome = await reimage(args, { stdin: pod(`${registry.host}/app:v1`) });
    assert.equal(outcome.stdout, pod(target(registry, 'app', image)), outcome.stderr);
  });
});
