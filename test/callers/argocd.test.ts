import assert from 'node:assert/strict';
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startRegistry } from '../../src/testing/index.ts';
import { parseYaml } from '../../src/yaml/index.ts';
import { at, listAt } from '../deploy/kubectl.ts';
import { type Outcome, run } from '../support/processes.ts';
import { requireTool } from '../support/tools.ts';
import { CHART, openStage, ROOT, type Stage } from './stage.ts';

describe('the plugin for Argo CD', { concurrency: 2 }, () => {
  let server: Awaited<ReturnType<typeof startRegistry>>;
  before(async () => {
    server = await startRegistry();
  });
  after(() => server.stop());

  test('generates what reimage prints of the chart, hooks and CRDs too', async (t) => {
    const helm = await requireTool(t, 'helm3');
    if (helm === undefined) return;
    await using stage = await openStage(server, 'argocd');
    const generated = await generate(stage, helm, stage.world.name('').slice(0, -1));
    assert.equal(generated.code, 0, generated.stderr);
    const args = ['template', 'shop', CHART, '--include-crds', '--set', stage.registry];
    const plain = await stage.run(helm, args);
    const flags = [...stage.flags, '-rename-force-digest'];
    assert.equal(generated.stdout, (await stage.world.reimage(flags, plain.stdout)).stdout);
    assert.match(generated.stdout, /\/imported\/[^\n]*\/check@sha256:/);
    assert.match(generated.stdout, /CustomResourceDefinition/);
  });

  test('generates nothing when reimage fails, and nothing when helm fails', async (t) => {
    const helm = await requireTool(t, 'helm3');
    if (helm === undefined) return;
    await using stage = await openStage(server, 'argocd-fails');
    const missing = await generate(stage, helm, stage.world.name('missing'));
    assert.deepEqual([missing.code, missing.stdout], [1, '']);
    assert.match(missing.stderr, /\/missing\/web:1/);
    const broken = await generate(stage, helm, stage.world.name('').slice(0, -1), 'no-such-values.yaml');
    assert.deepEqual([broken.code, broken.stdout], [1, '']);
    assert.match(broken.stderr, /no-such-values\.yaml/);
  });

  test('generates nothing without a place to rename to', async (t) => {
    const helm = await requireTool(t, 'helm3');
    if (helm === undefined) return;
    await using stage = await openStage(server, 'argocd-nowhere');
    for (const place of ['', undefined]) {
      const more = { ARGOCD_ENV_REMOTE_PATH: place };
      const outcome = await generate(stage, helm, stage.world.name('').slice(0, -1), undefined, more);
      assert.equal(outcome.stdout, '');
      assert.notEqual(outcome.code, 0);
      assert.match(outcome.stderr, /has no REMOTE_PATH in its env/);
    }
  });

  test('the sidecar mounts what the ConfigMap holds', async () => {
    const map = parseYaml(await readFile(join(ROOT, 'deploy/argocd/plugin.yaml'), 'utf8'));
    const patch = parseYaml(await readFile(join(ROOT, 'deploy/argocd/repo-server.yaml'), 'utf8'));
    const volumes = listAt(patch, 'spec.template.spec.volumes');
    const names = volumes.map((volume) => at(volume, 'name'));
    // These two are Argo CD's own.
    const known = new Set([...names, 'var-files', 'plugins']);
    for (const mount of listAt(patch, 'spec.template.spec.containers.0.volumeMounts'))
      assert.ok(known.has(at(mount, 'name')));
    assert.ok(volumes.some((volume) => at(volume, 'configMap.name') === at(map, 'metadata.name')));
    const application = parseYaml(await readFile(join(ROOT, 'deploy/argocd/application.yaml'), 'utf8'));
    assert.equal(at(application, 'spec.source.plugin.name'), at(await plugin(), 'metadata.name'));
  });
});

/** What the sidecar runs in the chart's folder, by the `sh` of this machine. */
async function generate(
  stage: Stage,
  helm: string,
  registry: string,
  values?: string,
  more: Readonly<Record<string, string | undefined>> = {},
): Promise<Outcome> {
  const { folder } = stage.world;
  const bin = join(folder, 'bin');
  await symlink(helm, join(bin, 'helm')).catch(() => undefined);
  const own = await stage.world.file('values.yaml', `global: {registry: "${registry}"}\n`);
  const [program = '', ...args] = [
    ...listAt(await plugin(), 'spec.generate.command'),
    ...listAt(await plugin(), 'spec.generate.args'),
  ].map(String);
  const env = {
    ...stage.env(bin),
    ARGOCD_APP_NAME: 'shop',
    ARGOCD_APP_NAMESPACE: 'front',
    KUBE_VERSION: '1.33.0',
    ARGOCD_ENV_REMOTE_PATH: stage.world.name('imported'),
    ARGOCD_ENV_HELM_VALUES: values ?? join(folder, own),
    ...more,
  };
  return await run(program, args, { env, cwd: CHART });
}

async function plugin(): Promise<unknown> {
  const map = parseYaml(await readFile(join(ROOT, 'deploy/argocd/plugin.yaml'), 'utf8'));
  return parseYaml(String(at(map, ['data', 'plugin.yaml'])));
}
