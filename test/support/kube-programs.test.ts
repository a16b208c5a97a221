import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findKube, requireKube } from './kube-programs.ts';

const NONE =
  'kube-apiserver is not installed: run .ci/run, which builds it with Go, or set KUBEBUILDER_ASSETS';

test('programs are taken from KUBEBUILDER_ASSETS, or else from the folder of helpers', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-programs-'));
  try {
    const cached = join(folder, 'tallyman', 'bin');
    for (const place of [folder, cached]) {
      await mkdir(place, { recursive: true });
      for (const name of ['kube-apiserver', 'etcd']) {
        await writeFile(join(place, name), '');
        await chmod(join(place, name), 0o755);
      }
    }
    assert.deepEqual(await findKube('new', { XDG_CACHE_HOME: folder }), programs(cached));
    const both = { XDG_CACHE_HOME: folder, KUBEBUILDER_ASSETS: folder };
    assert.deepEqual(await findKube('new', both), programs(folder));
    await rm(join(folder, 'etcd'));
    const missing = await findKube('new', both);
    assert.match(typeof missing === 'string' ? missing : '', /^etcd is not installed: /);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('without programs a test is skipped with a line that says what to install, and fails in CI', async () => {
  const skipped: unknown[] = [];
  const t = { skip: (message?: string) => void skipped.push(message) };
  const env = { KUBEBUILDER_ASSETS: join(tmpdir(), 'tallyman-nothing') };
  assert.equal(await requireKube(t, 'new', env), undefined);
  assert.deepEqual(skipped, [NONE]);
  await assert.rejects(requireKube(t, 'new', { ...env, CI: 'true' }), { message: NONE });
  assert.equal(skipped.length, 1);
});

function programs(folder: string): object {
  return { kubeApiserver: join(folder, 'kube-apiserver'), etcd: join(folder, 'etcd') };
}
