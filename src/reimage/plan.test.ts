import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { compileGoRegexp } from '../go/index.ts';
import { parseReference } from '../oci/index.ts';
import {
  buildImage,
  type BuiltImage,
  type EmbeddedRegistry,
  putImage,
  startRegistry,
} from '../testing/index.ts';
import { FakeRun, renaming, runOptions } from './fake-run.ts';
import type { FoundImage } from './find.ts';
import { MappingIndex } from './mapping.ts';
import type { RunOptions } from './options.ts';
import { makePlan, type Plan } from './plan.ts';

const [ONE, TWO] = [1, 2].map((seed) => buildImage({ layers: [{ seed, size: 100 }] }));
const BY_TAG = '{{ .RemotePath }}/x:{{ .Tag }}';

function found(text: string, line: number): FoundImage {
  const site = { file: 'in', document: 1, line, column: 1, image: text, path: 'spec', object: undefined };
  return { text, reference: parseReference(text), sites: [site] };
}

interface Setting {
  readonly registry: EmbeddedRegistry;
  readonly name: (path: string) => string;
  readonly put: (name: string, image: BuiltImage | undefined) => void;
  readonly plan: (
    images: readonly string[],
    options?: Partial<RunOptions>,
    mapping?: MappingIndex,
  ) => Promise<Plan>;
}

async function setUp(t: TestContext): Promise<Setting> {
  const registry = await startRegistry();
  const run = new FakeRun();
  t.after(async () => {
    run.client.close();
    await registry.stop();
  });
  return {
    registry,
    name: (path) => `${registry.host}/${path}`,
    put: (name, image) => {
      const [repository = '', tag] = name.split(':');
      if (image) putImage(registry.store, repository, tag, image);
    },
    plan: (images, options, mapping) =>
      makePlan(
        images.map((image, index) => found(image, index + 1)),
        mapping,
        runOptions(options),
        run,
      ),
  };
}

function summary({ images, failures }: Plan): object {
  return {
    images: images.map(({ image, action, printed }) => [image.text, action, printed]),
    failures: failures.map(({ message }) => message),
  };
}

const D1 = ONE?.root.digest ?? '';
const D2 = TWO?.root.digest ?? '';

describe('makePlan', () => {
  test('without renaming: a check of each name, once', async (t) => {
    const { registry, name, put, plan } = await setUp(t);
    put('a:v1', ONE);
    const images = [name('a:v1'), `${name('a')}@${D1}`, name('a:v1')];
    assert.deepEqual(summary(await plan(images)), {
      images: images.map((image) => [image, 'check', image]),
      failures: [],
    });
    assert.deepEqual(registry.counts(), { 'HEAD manifest': 2 });
  });

  test('renaming: what is there, what is not, and what keeps its name', async (t) => {
    const { name, put, plan } = await setUp(t);
    put('a:v1', ONE);
    put('b:v2', TWO);
    put('r/x:v1', ONE);
    const options = { rename: renaming(name('r'), BY_TAG), renameIgnore: compileGoRegexp('/own') };
    put('own:v1', ONE);
    const images = [name('a:v1'), name('b:v2'), name('own:v1')];
    assert.deepEqual(summary(await plan(images, options)), {
      images: [
        [images[0], 'present', name('r/x:v1')],
        [images[1], 'copy', name('r/x:v2')],
        [images[2], 'check', images[2]],
      ],
      failures: [],
    });
    const { images: planned } = await plan(images, { ...options, keepTag: true, forceDigest: true });
    assert.deepEqual(
      planned.map(({ printed, mapping }) => [printed, mapping.tag]),
      [
        [`${name('r/x')}:v1@${D1}`, name('r/x:v1')],
        [`${name('r/x')}:v2@${D2}`, name('r/x:v2')],
        [`${name('own')}:v1@${D1}`, name('own:v1')],
      ],
    );
  });

  test('collisions are told however the copies would go', async (t) => {
    const { name, put, plan } = await setUp(t);
    put('a:v1', ONE);
    put('b:v1', TWO);
    const options = { rename: renaming(name('r'), BY_TAG), clobber: true };
    const { failures } = await plan([name('a:v1'), name('b:v1')], options);
    assert.deepEqual(
      failures.map(({ message }) => message),
      [
        `in:2:1 (document 1): image "${name('b:v1')}": its target ${name('r/x:v1')} is also that of "${name('a:v1')}", which is ${D1} and not ${D2}`,
      ],
    );
  });

  const BY_BOTH = '{{ .RemotePath }}/x:{{ .Tag }}@{{ .Digest }}';

  test('a tag beside a digest is no more to be overwritten than one alone', async (t) => {
    const { name, put, plan } = await setUp(t);
    put('a:v1', ONE);
    put('a:free', ONE);
    put('r/x:v1', TWO);
    const options = { rename: renaming(name('r'), BY_BOTH) };
    const target = `${name('r/x')}:v1@${D1}`;
    assert.deepEqual(summary(await plan([name('a:v1'), name('a:free')], options)), {
      images: [[name('a:free'), 'copy', `${name('r/x')}:free@${D1}`]],
      failures: [
        `in:1:1 (document 1): image "${name('a:v1')}": the target ${target} exists with another digest: ${D2}, not ${D1}; -clobber would overwrite it`,
      ],
    });
    const { images } = await plan([name('a:v1')], { ...options, clobber: true });
    assert.deepEqual(
      images.map(({ action }) => action),
      ['copy'],
    );
    put('r/x:other', ONE);
    const { images: present } = await plan([name('a:v1')], options);
    assert.deepEqual(
      present.map(({ action }) => action),
      ['present'],
      'the digest is there, so that nothing is copied',
    );
  });

  test('a tag beside digests is one name for copies', async (t) => {
    const { name, put, plan } = await setUp(t);
    put('a:v1', ONE);
    put('a:v2', TWO);
    const options = { rename: renaming(name('r'), BY_BOTH), clobber: true };
    const images = [`${name('a')}:x@${D1}`, `${name('a')}:x@${D2}`];
    const target = `${name('r/x')}:x@${D2}`;
    assert.deepEqual(
      (await plan(images, options)).failures.map(({ message }) => message),
      [
        `in:2:1 (document 1): image "${images[1]}": its target ${target} is also that of "${images[0]}", which is ${D1} and not ${D2}`,
      ],
    );
  });

  test('a mapping whose names and digests contradict each other is refused', async (t) => {
    const { registry, name, put, plan } = await setUp(t);
    put('a:v1', ONE);
    put('a:v2', TWO);
    const pinned = `${name('a')}@${D1}`;
    assert.ok(TWO);
    const { digest } = TWO.root;
    const cases: readonly (readonly [image: string, tag: string, named: string])[] = [
      [name('a:v1'), `${name('r')}@${D1}`, `${name('r')}@${D1}`],
      [name('a:v1'), `${name('r')}:x@${D1}`, `${name('r')}:x@${D1}`],
      [pinned, name('r:x'), pinned],
    ];
    for (const [image, tag, named] of cases) {
      for (const options of [
        {},
        { verifyStaticMapping: false },
        { verifyStaticMapping: false, copy: false },
      ]) {
        for (const isLock of [false, true]) {
          const mapping = new MappingIndex(new Map([[image, { tag, digest }]]), { isLock });
          assert.deepEqual(summary(await plan([image], options, mapping)), {
            images: [],
            failures: [
              `in:1:1 (document 1): image "${image}": the static mapping contradicts itself: it has ${named} with the digest ${D2}`,
            ],
          });
        }
      }
    }
    assert.deepEqual(registry.requests, []);
  });

  const blocked: readonly (readonly [name: string, options: Partial<RunOptions>, action: string | RegExp])[] =
    [
      ['a tag with another digest', {}, /exists with another digest: .*; -clobber would overwrite it$/],
      ['-clobber', { clobber: true }, 'copy'],
      ['-clobber, but -no-copy', { clobber: true, copy: false }, /exists with another digest: \S+, not \S+$/],
      ['-clobber and a dry run', { clobber: true, dryRun: true }, 'copy'],
    ];
  for (const [title, options, expected] of blocked) {
    test(`a target that holds something else: ${title}`, async (t) => {
      const { name, put, plan } = await setUp(t);
      put('a:v1', ONE);
      put('r/x:v1', TWO);
      const { images, failures } = await plan([name('a:v1')], {
        rename: renaming(name('r'), BY_TAG),
        ...options,
      });
      if (typeof expected === 'string') assert.equal(images[0]?.action, expected);
      else assert.match(failures[0]?.message ?? '', expected);
      assert.equal(images.length + failures.length, 1);
    });
  }

  const mapped: readonly (readonly [
    name: string,
    there: BuiltImage | undefined,
    options: Partial<RunOptions>,
    expected: string | RegExp,
  ])[] = [
    ['its target is as recorded', ONE, {}, 'present'],
    ['its target moved', TWO, {}, /the mapping is out of date: \S+ was \S+ and is now \S+$/],
    ['its target moved, -clobber', TWO, { clobber: true }, /the mapping is out of date/],
    ['its target moved, unverified', TWO, { verifyStaticMapping: false }, /exists with another digest/],
    ['its target moved, unverified, -clobber', TWO, { verifyStaticMapping: false, clobber: true }, 'copy'],
    ['its target moved, unverified, -no-copy', TWO, { verifyStaticMapping: false, copy: false }, 'present'],
    ['its target is not there', undefined, {}, 'copy'],
    ['its target is not there, -no-copy', undefined, { copy: false }, /does not exist or cannot be read/],
  ];
  for (const [title, there, options, expected] of mapped) {
    test(`a static mapping: ${title}`, async (t) => {
      const { registry, name, put, plan } = await setUp(t);
      put('r/x:v1', there);
      const entry = {
        tag: name('r/x:v1'),
        digest: ONE?.root.digest ?? TWO?.root.digest ?? 'sha256:',
      } as const;
      const mapping = new MappingIndex(new Map([['nginx', entry]]));
      const { images, failures } = await plan(['docker.io/nginx'], options, mapping);
      if (typeof expected === 'string') assert.equal(images[0]?.action, expected, failures[0]?.message);
      else assert.match(failures[0]?.message ?? '', expected);
      assert.equal(images.length + failures.length, 1);
      assert.ok(registry.requests.every(({ method }) => method === 'HEAD'));
    });
  }

  test('images of a lock are renamed from where the lock has them; those of a mapping are not', async (t) => {
    const { registry, name, put, plan } = await setUp(t);
    const path = `${registry.host}/r`;
    const rename = renaming(path, '{{ .RemotePath }}/{{ .Repository }}:{{ .DigestHex }}');
    put('locked/x:v1', ONE);
    assert.ok(ONE);
    const { digest } = ONE.root;
    const entries = new Map([['nginx', { tag: `${name('locked/x')}@${digest}`, digest }]]);
    const lock = new MappingIndex(entries, { isLock: true });
    const { images } = await plan(['nginx'], { rename, staticMapping: { kind: 'file', path: 'l' } }, lock);
    assert.deepEqual(
      images.map(({ source, target, action, printed }) => [
        source.repository.path,
        target?.text,
        action,
        printed,
      ]),
      [['locked/x', `${path}/locked/x:${digest.slice(7)}`, 'copy', `${path}/locked/x:${digest.slice(7)}`]],
    );
    const unlocked = await plan(['nginx'], { rename }, new MappingIndex(entries));
    assert.deepEqual(
      unlocked.images.map(({ target, action }) => [target?.text, action]),
      [[`${name('locked/x')}@${digest}`, 'present']],
    );
  });

  test('an abort is no failure of images', async () => {
    const stop = new AbortController();
    const run = new FakeRun([], { signal: stop.signal });
    stop.abort(new Error('stop'));
    await assert.rejects(makePlan([found('localhost:1/a', 1)], undefined, runOptions(), run), {
      message: 'stop',
    });
    run.client.close();
  });
});
