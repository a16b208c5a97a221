import assert from 'node:assert/strict';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startRegistry } from '../../src/testing/index.ts';
import { errorsOf } from '../e2e/command.ts';
import { requireTool } from '../support/tools.ts';
import { CHART, openStage, postRenderer, ROOT, type Stage } from './stage.ts';

const PLUGIN = join(ROOT, 'plugins/helm/reimage');
/** What no post-renderer of Helm 3 sees, and what has no image. */
const NEITHER_HOOK_NOR_CONFIG = /templates\/hook\.yaml|kind: ConfigMap/;

/** `helm template` of the chart. */
function template(stage: Stage, ...more: readonly string[]): string[] {
  return ['template', 'shop', CHART, '--set', stage.registry, ...more];
}

describe('Helm', { concurrency: 2 }, () => {
  let server: Awaited<ReturnType<typeof startRegistry>>;
  before(async () => {
    server = await startRegistry();
  });
  after(() => server.stop());

  test('Helm 3 runs reimage as its post-renderer; hooks pass by it', async (t) => {
    const helm = await requireTool(t, 'helm3');
    if (helm === undefined) return;
    await using stage = await openStage(server, 'helm3');
    const plain = await stage.run(helm, template(stage, '--include-crds'));
    const rendered = await stage.run(
      helm,
      template(stage, '--include-crds', ...postRenderer(...stage.flags)),
    );
    assert.equal(rendered.code, 0, rendered.stderr);
    assert.equal(rendered.stdout, stage.renamed(plain.stdout, NEITHER_HOOK_NOR_CONFIG));
    assert.notEqual(rendered.stdout, stage.renamed(plain.stdout, /kind: ConfigMap/));
  });

  test('helm template piped into reimage has hooks too', async (t) => {
    const helm = await requireTool(t, 'helm3');
    if (helm === undefined) return;
    await using stage = await openStage(server, 'pipe');
    const plain = await stage.run(helm, template(stage));
    const outcome = await stage.world.reimage(stage.flags, plain.stdout);
    assert.equal(outcome.stdout, stage.renamed(plain.stdout, /kind: ConfigMap/));
  });

  test('when reimage fails, Helm 3 fails and shows why', async (t) => {
    const helm = await requireTool(t, 'helm3');
    if (helm === undefined) return;
    await using stage = await openStage(server, 'helm3-fails');
    const missing = ['--set', `global.registry=${stage.world.name('missing')}`];
    const outcome = await stage.run(helm, template(stage, ...missing, ...postRenderer(...stage.flags)));
    assert.equal(outcome.code, 1);
    assert.equal(outcome.stdout, '');
    assert.match(outcome.stderr, /image \\"[^"]*\/missing\/web:1\\": /);
  });

  test('Helm 4 runs the plugin: hooks are renamed too, and files keep their names', async (t) => {
    const helm = await requireTool(t, 'helm4');
    if (helm === undefined) return;
    await using stage = await openStage(server, 'helm4');
    await installIdentity(stage, helm);
    // No reimage on the PATH: the plugin finds the one of its own package.
    const env = stage.env();
    const installed = await stage.run(helm, ['plugin', 'install', PLUGIN], env);
    assert.equal(installed.code, 0, installed.stderr);
    const plain = await stage.run(helm, template(stage, '--post-renderer', 'identity'), env);
    assert.equal(plain.code, 0, plain.stderr);
    const rendered = await stage.run(helm, template(stage, ...postRenderer(...stage.flags)), env);
    assert.equal(rendered.code, 0, rendered.stderr);
    assert.equal(rendered.stdout, stage.renamed(plain.stdout, /kind: ConfigMap/));
    assert.deepEqual(
      [...rendered.stdout.matchAll(/^# Source: (.*)$/gm)].map(([, name]) => name),
      [
        'config.yaml',
        'deployment.yaml',
        '../charts/cache/templates/statefulset.yaml',
        'deployment.yaml',
        'hook.yaml',
      ].map((name) => join('shop/templates', name)),
    );
    assert.doesNotMatch(rendered.stdout, /postrender/);
  });

  test('a plugin that was copied away uses the reimage on the PATH', async (t) => {
    const helm = await requireTool(t, 'helm4');
    if (helm === undefined) return;
    await using stage = await openStage(server, 'helm4-path');
    await stage.run(helm, ['plugin', 'install', await stage.copyOfPlugin()]);
    const rendered = await stage.run(helm, template(stage, ...postRenderer(...stage.flags)));
    assert.equal(rendered.code, 0, rendered.stderr);
    assert.match(rendered.stdout, /\/imported\//);
  });

  test('what Helm 4 hides is in the file of the log', async (t) => {
    const helm = await requireTool(t, 'helm4');
    if (helm === undefined) return;
    await using stage = await openStage(server, 'helm4-log');
    await stage.run(helm, ['plugin', 'install', PLUGIN]);
    const missing = ['--set', `global.registry=${stage.world.name('missing')}`];
    const cases: readonly {
      readonly flags: readonly string[];
      readonly variable?: string;
      readonly log: string;
      readonly error: RegExp;
    }[] = [
      { flags: [], variable: 'by-variable', log: 'by-variable', error: /image "[^"]*\/missing\/web:1": / },
      { flags: ['-log-file', 'by-flag'], log: 'by-flag', error: /image "[^"]*\/missing\/web:1": / },
      { flags: ['-log-file=wrong', '-nope'], log: 'wrong', error: /^flag provided but not defined: -nope$/m },
    ];
    for (const { flags, variable, log, error } of cases) {
      const outcome = await stage.run(
        helm,
        template(stage, ...missing, ...postRenderer(...stage.flags, ...flags)),
        { ...stage.env(), REIMAGE_LOG: variable },
      );
      assert.equal(outcome.code, 1);
      assert.equal(outcome.stdout, '');
      assert.doesNotMatch(outcome.stderr, error);
      assert.match(errorsOf({ ...outcome, stderr: await stage.world.read(log) }).join('\n'), error);
      assert.equal((await stat(join(stage.world.folder, log))).mode & 0o777, 0o600);
    }
  });

  test('a plugin without reimage says so, in the file of the log too', async (t) => {
    const helm = await requireTool(t, 'helm4');
    if (helm === undefined) return;
    await using stage = await openStage(server, 'helm4-nothing');
    const folder = await stage.copyOfPlugin();
    await stage.run(helm, ['plugin', 'install', folder]);
    const env = { ...stage.env(), PATH: '/usr/bin:/bin', REIMAGE_LOG: 'log' };
    const outcome = await stage.run(helm, template(stage, ...postRenderer('-jobs', '1')), env);
    assert.equal(outcome.code, 1);
    const fault = ['reimage is neither on the PATH nor beside this Helm plugin: npm install -g tallyman'];
    assert.deepEqual(errorsOf({ ...outcome, stderr: await stage.world.read('log') }), fault);
    const direct = await stage.run('sh', [join(folder, 'launch.sh'), '-log-file', 'other'], env);
    assert.equal(direct.code, 1);
    assert.deepEqual(errorsOf(direct), fault);
    assert.equal(await stage.world.read('other'), direct.stderr);
  });

  test('an output without anything is an error of Helm 4, not the end of a release', async (t) => {
    const helm = await requireTool(t, 'helm4');
    if (helm === undefined) return;
    await using stage = await openStage(server, 'helm4-empty');
    await stage.run(helm, ['plugin', 'install', PLUGIN]);
    const chart = await emptyChart(stage);
    const outcome = await stage.run(helm, ['template', 'shop', chart, ...postRenderer()]);
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, /post-renderer "reimage" produced empty output/);
  });

  test('the plugin has the version of the package', async () => {
    const { version }: { version: string } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    const plugin = await readFile(join(PLUGIN, 'plugin.yaml'), 'utf8');
    assert.match(plugin, new RegExp(`^version: ${version.replaceAll('.', '\\.')}$`, 'm'));
  });
});

/** A post-renderer that changes nothing: what is different then is Helm's own doing. */
async function installIdentity(stage: Stage, helm: string): Promise<void> {
  const folder = join(stage.world.folder, 'identity');
  await mkdir(folder);
  await writeFile(
    join(folder, 'plugin.yaml'),
    'apiVersion: v1\ntype: postrenderer/v1\nname: identity\nversion: 0.1.0\nruntime: subprocess\n' +
      'runtimeConfig:\n  platformCommand:\n    - command: cat\n',
  );
  await stage.run(helm, ['plugin', 'install', folder]);
}

async function emptyChart(stage: Stage): Promise<string> {
  const folder = join(stage.world.folder, 'empty');
  await mkdir(join(folder, 'templates'), { recursive: true });
  await writeFile(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: empty\nversion: 0.0.1\n');
  return folder;
}
