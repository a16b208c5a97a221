import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { compileGoRegexp } from '../go/index.ts';
import { parseReference } from '../oci/index.ts';
import { buildImage, type EmbeddedRegistry, putImage, startRegistry } from '../testing/index.ts';
import { FakeRun, renaming, runOptions } from './fake-run.ts';
import { run } from './run.ts';

const IMAGE = buildImage();

async function setUp(
  t: TestContext,
  ...images: readonly string[]
): Promise<{ registry: EmbeddedRegistry; context: FakeRun }> {
  const registry = await startRegistry();
  putImage(registry.store, 'app', 'v1', IMAGE);
  const text = images.map(
    (image) =>
      `apiVersion: v1\nkind: Pod\nspec: {containers: [{image: ${image.replace('HOST', registry.host)}}]}\n`,
  );
  const context = new FakeRun([{ name: 'in', bytes: Buffer.from(text.join('---\n')) }]);
  t.after(async () => {
    context.client.close();
    await registry.stop();
  });
  return { registry, context };
}

describe('run', () => {
  test('reports what it did, and nothing as copied that a dry run or a plan did not copy', async (t) => {
    const { registry, context } = await setUp(t, 'HOST/app:v1', 'skip', 'HOST/app:v1');
    const rename = renaming(`${registry.host}/r`);
    const options = { rename, ignore: compileGoRegexp('skip') };
    const base = { images: 1, ignored: 1, changed: 1 };
    for (const idle of [{ dryRun: true }, { plan: true }]) {
      const { report } = await run(runOptions({ ...options, ...idle }), context);
      assert.deepEqual(report, { ...base, copied: 0, present: 0 });
    }
    assert.ok(registry.requests.every(({ method }) => method === 'HEAD' || method === 'GET'));
    assert.deepEqual((await run(runOptions(options), context)).report, { ...base, copied: 1, present: 0 });
    assert.deepEqual((await run(runOptions(options), context)).report, { ...base, copied: 0, present: 1 });
    const { images, resolved, toCopy, copied, phase } = context.progress;
    assert.deepEqual(
      { images, resolved, toCopy, copied, phase },
      { images: 1, resolved: 4, toCopy: 0, copied: 1, phase: 'writing' },
    );
    assert.deepEqual(context.logged, ['dry run: not copied', 'copied']);
  });

  test('a failure to write the mapping fails the run', async (t) => {
    const { context } = await setUp(t, 'HOST/app:v1');
    context.writeFile = async () => {
      throw new Error('the disk is full');
    };
    const options = runOptions({ writeMapping: { ...runOptions().writeMapping, file: 'm' } });
    await assert.rejects(run(options, context), {
      name: 'RunError',
      message: 'cannot write the mapping: the disk is full',
    });
  });

  test('a mapping is not written over an image of the run', async (t) => {
    const { registry, context } = await setUp(t, 'HOST/app:v1');
    const [own, renamed] = [`${registry.host}/app:v1`, `${registry.host}/r/x:v1`];
    for (const [name, rename] of [
      [own, undefined],
      [renamed, renaming(`${registry.host}/r`, '{{ .RemotePath }}/x:{{ .Tag }}')],
      [renamed, renaming(`${registry.host}/r`, '{{ .RemotePath }}/x:{{ .Tag }}@{{ .Digest }}')],
    ] as const) {
      const writeMapping = { ...runOptions().writeMapping, image: parseReference(name) };
      await assert.rejects(run(runOptions({ rename, writeMapping }), context), {
        name: 'RunError',
        message: `in:3:29 (document 1): image "${own}": the mapping is to be written to its name, ${name}`,
      });
    }
    assert.ok(registry.requests.every(({ method }) => method === 'HEAD'));
  });

  test('a static mapping that cannot be read fails the run before anything is asked', async (t) => {
    const { registry, context } = await setUp(t, 'HOST/app:v1');
    const options = runOptions({ staticMapping: { kind: 'file', path: 'none' } });
    await assert.rejects(run(options, context), {
      name: 'RunError',
      message: 'cannot read none: there is no such file',
    });
    assert.deepEqual(registry.counts(), {});
  });
});
