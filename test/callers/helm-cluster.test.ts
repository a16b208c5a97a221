import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { startRegistry } from '../../src/testing/index.ts';
import { KubectlCluster, requireCluster } from '../deploy/kubectl.ts';
import { requireTool } from '../support/tools.ts';
import { CHART, openStage, postRenderer, ROOT, type Stage } from './stage.ts';

describe('Helm and a real API server', () => {
  let server: Awaited<ReturnType<typeof startRegistry>>;
  let cluster: KubectlCluster | string | undefined;
  before(async () => {
    [server, cluster] = await Promise.all([startRegistry(), KubectlCluster.start()]);
  });
  after(async () => {
    await server.stop();
    if (typeof cluster === 'object') await cluster[Symbol.asyncDispose]();
  });

  test('Helm 3 installs what reimage printed, and upgrades to nothing when it fails', async (t) => {
    const ready = await prepare(t, 'helm3');
    if (ready === undefined) return;
    const { helm, stage, kubectl } = ready;
    await using _ = stage;
    const failed = await stage.run(helm, change(stage, 'install', 'one', stage.world.name('missing')));
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /image \\"[^"]*\/missing\/web:1\\": /);
    assert.equal((await stage.run(helm, ['list', '-aq'])).stdout, '');
    assert.equal(
      await kubectl('get', 'deployments,statefulsets,cronjobs,configmaps', '-l', HELM, '-o', 'name'),
      '',
    );
    // Helm applies crds/ before it renders.
    assert.match(await kubectl('get', 'crds', '-o', 'name'), /things\.example\.com/);

    const installed = await stage.run(helm, change(stage, 'install', 'one'));
    assert.equal(installed.code, 0, installed.stderr);
    const images = await kubectl('get', 'deployments,statefulsets,cronjobs', '-o', IMAGES);
    assert.equal(images, stage.renamed(`${names(stage, 'tool', 'web', 'cache', 'tool').join(' ')} `));
    const hooks = await stage.run(helm, ['get', 'hooks', 'one']);
    assert.ok(hooks.stdout.includes(`image: ${stage.world.name('check:1')}\n`), 'hooks pass by Helm 3');

    const upgrade = await stage.run(helm, change(stage, 'upgrade', 'one', stage.world.name('missing')));
    assert.equal(upgrade.code, 1);
    assert.equal(await kubectl('get', 'deployments,statefulsets,cronjobs', '-o', IMAGES), images);
    await stage.run(helm, ['uninstall', 'one', '--no-hooks']);
  });

  test('Helm 4 installs what its plugin printed, hooks too', async (t) => {
    const ready = await prepare(t, 'helm4');
    if (ready === undefined) return;
    const { helm, stage, kubectl } = ready;
    await using _ = stage;
    await stage.run(helm, ['plugin', 'install', join(ROOT, 'plugins/helm/reimage')]);
    const failed = await stage.run(helm, change(stage, 'install', 'two', stage.world.name('missing')));
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /plugin "reimage" exited with error/);
    assert.equal((await stage.run(helm, ['list', '-aq'])).stdout, '');

    const installed = await stage.run(helm, change(stage, 'install', 'two'));
    assert.equal(installed.code, 0, installed.stderr);
    const images = await kubectl('get', 'deployments,statefulsets,cronjobs', '-o', IMAGES);
    assert.equal(images, stage.renamed(`${names(stage, 'tool', 'web', 'cache', 'tool').join(' ')} `));
    const hooks = await stage.run(helm, ['get', 'hooks', 'two']);
    assert.ok(hooks.stdout.includes(stage.renamed(`image: ${stage.world.name('check:1')}\n`)), hooks.stdout);
    await stage.run(helm, ['uninstall', 'two', '--no-hooks']);
  });

  async function prepare(t: TestContext, tool: 'helm3' | 'helm4') {
    const helm = await requireTool(t, tool);
    if (helm === undefined) return undefined;
    const ready = requireCluster(t, cluster);
    if (ready === undefined) return undefined;
    const stage = await openStage(server, tool);
    await writeFile(join(stage.world.folder, 'kubeconfig'), ready.server.kubeconfig());
    return { helm, stage, kubectl: (...args: readonly string[]) => ready.kubectl(...args) };
  }
});

const HELM = 'app.kubernetes.io/managed-by=Helm';
/** All images of workloads, in the order of their kinds. */
const IMAGES =
  'jsonpath={range .items[*]}{range ..initContainers[*]}{.image} {end}{range ..containers[*]}{.image} {end}{end}';

/** Hooks are kept out of the cluster: without a kubelet no Job comes to an end. */
function change(
  stage: Stage,
  command: 'install' | 'upgrade',
  release: string,
  registry = stage.world.name('').slice(0, -1),
): string[] {
  const more = ['--no-hooks', '--set', `global.registry=${registry}`];
  return [command, release, CHART, ...more, ...postRenderer(...stage.flags)];
}

function names(stage: Stage, ...paths: readonly string[]): string[] {
  return paths.map((path) => stage.world.name(`${path}:1`));
}
