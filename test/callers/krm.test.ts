import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startRegistry } from '../../src/testing/index.ts';
import { parseYaml } from '../../src/yaml/index.ts';
import { requireTool } from '../support/tools.ts';
import { openStage, ROOT, type Stage } from './stage.ts';

const EXAMPLE = join(ROOT, 'deploy/krm');
const BUILD = ['build', '--enable-alpha-plugins', '--enable-exec', 'krm'];

describe('KRM function', { concurrency: 2 }, () => {
  let server: Awaited<ReturnType<typeof startRegistry>>;
  before(async () => {
    server = await startRegistry();
  });
  after(() => server.stop());

  test('the example runs in kustomize, and changes the image alone', async (t) => {
    const kustomize = await requireTool(t, 'kustomize');
    if (kustomize === undefined) return;
    await using stage = await openStage(server, 'kustomize');
    await copyExample(stage, 'web:1');
    const built = await stage.run(kustomize, BUILD);
    assert.equal(built.code, 0, built.stderr);
    const folder = join(stage.world.folder, 'krm');
    await writeFile(join(folder, 'kustomization.yaml'), 'resources: [deployment.yaml]\n');
    const plain = await stage.run(kustomize, ['build', 'krm']);
    const { digest } = (await stage.world.held('web', '1')) ?? { digest: '' };
    const target = stage.renamed(stage.world.name('web:1')).replace(/:[0-9a-f]{64}$/, `@${digest}`);
    assert.equal(built.stdout, plain.stdout.replace(stage.world.name('web:1'), target));
    assert.notEqual(built.stdout, plain.stdout);
  });

  test('when the function fails, kustomize fails, prints nothing and shows why', async (t) => {
    const kustomize = await requireTool(t, 'kustomize');
    if (kustomize === undefined) return;
    await using stage = await openStage(server, 'kustomize-fails');
    await copyExample(stage, 'missing:1');
    const built = await stage.run(kustomize, BUILD);
    assert.deepEqual([built.code, built.stdout], [1, '']);
    assert.match(built.stderr, /image \\"[^"]*\/missing:1\\": /);
    const config = join(stage.world.folder, 'krm/reimage.yaml');
    await writeFile(config, (await readFile(config, 'utf8')).replace('force-digest', 'farce-digest'));
    const misspelt = await stage.run(kustomize, BUILD);
    assert.deepEqual([misspelt.code, misspelt.stdout], [1, '']);
    assert.match(misspelt.stderr, /functionConfig: flag provided but not defined: -rename-farce-digest/);
  });

  test('what kpt hands over comes back with the images changed and a result for each', async () => {
    await using stage = await openStage(server, 'kpt');
    const list = kptList(stage.world.name('web:1'), stage.world.name('imported'));
    const outcome = await stage.world.reimage(['-input', 'krm'], list);
    assert.equal(outcome.code, 0, outcome.stderr);
    const image = stage.renamed(stage.world.name('web:1'));
    const result = {
      message: `image ${stage.world.name('web:1')} is now ${image}`,
      severity: 'info',
      resourceRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
      field: {
        path: 'spec.template.spec.containers[0].image',
        currentValue: stage.world.name('web:1'),
        proposedValue: image,
      },
      file: { path: 'd.yaml', index: 0 },
    };
    const edited = list.replace(stage.world.name('web:1'), image);
    assert.equal(
      outcome.stdout,
      edited.replace('\nitems:', `\nresults:\n- ${JSON.stringify(result)}\nitems:`),
    );
  });

  test('a function that fails prints results and no items', async () => {
    await using stage = await openStage(server, 'kpt-fails');
    const list = kptList(stage.world.name('missing:1'), stage.world.name('imported'));
    const fine = `- apiVersion: v1\n  kind: Pod\n  spec: {containers: [{image: "${stage.world.name('web:1')}"}]}\n`;
    const cases: readonly {
      readonly input: string;
      readonly code: number;
      readonly result: Readonly<Record<string, unknown>>;
    }[] = [
      {
        input: list.replace('functionConfig:', `${fine}functionConfig:`),
        code: 1,
        result: {
          severity: 'error',
          resourceRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
          field: {
            path: 'spec.template.spec.containers[0].image',
            currentValue: stage.world.name('missing:1'),
          },
          file: { path: 'd.yaml', index: 0 },
        },
      },
      { input: list.replace('rename-remote-path', 'nope'), code: 2, result: { severity: 'error' } },
      { input: 'apiVersion: v1\nkind: Pod\n', code: 1, result: { severity: 'error' } },
      { input: '', code: 1, result: { severity: 'error' } },
    ];
    for (const { input, code, result } of cases) {
      const outcome = await stage.world.reimage(['-input', 'krm'], input);
      assert.equal(outcome.code, code);
      const { items, results } = listOf(outcome.stdout);
      assert.deepEqual(items, []);
      assert.equal(results.length, 1);
      const { message, ...rest } = results[0] ?? {};
      assert.notEqual(message ?? '', '');
      assert.deepEqual(rest, result);
    }
    assert.equal(await stage.world.tags('imported'), undefined);
  });

  test('a rejected image is a result, and exit code 3', async () => {
    await using stage = await openStage(server, 'krm-rejected');
    const finding = { VulnerabilityID: 'CVE-1', CVSS: { nvd: { V3Score: 9.8 } } };
    const report = JSON.stringify({ SchemaVersion: 2, Results: [{ Vulnerabilities: [finding] }] });
    await stage.world.file('scan.sh', `cat <<'EOF'\n${report}\nEOF\n`);
    const gate = [
      '-vulncheck-command',
      'sh scan.sh',
      '-vulncheck-format',
      'trivy-json',
      '-vulncheck-max-cvss=7',
    ];
    const list = kptList(stage.world.name('web:1'), stage.world.name('imported'));
    const outcome = await stage.world.reimage(['-input', 'krm', ...gate], list);
    assert.equal(outcome.code, 3, outcome.stderr);
    const { items, results } = listOf(outcome.stdout);
    assert.deepEqual(items, []);
    assert.match(String(results[0]?.['message']), /CVE-1/);
    assert.deepEqual(results[0]?.['file'], { path: 'd.yaml', index: 0 });
    assert.equal(await stage.world.tags('imported'), undefined);
    await stage.world.file('touch.sh', 'touch ran\n');
    const foreign = list.replace(
      'data: {',
      'data: {vulncheck-max-cvss: "11", trivy-command: "sh touch.sh", ',
    );
    const refused = await stage.world.reimage(['-input', 'krm'], foreign);
    assert.equal(refused.code, 2, refused.stderr);
    assert.match(String(listOf(refused.stdout).results[0]?.['message']), /-vulncheck-command runs a program/);
    await assert.rejects(stage.world.read('ran'), { code: 'ENOENT' });
  });
});

/** The example beside the case's manifests, with images of the case. */
async function copyExample(stage: Stage, image: string): Promise<void> {
  const folder = join(stage.world.folder, 'krm');
  await cp(EXAMPLE, folder, { recursive: true });
  for (const name of ['deployment.yaml', 'reimage.yaml']) {
    const text = await readFile(join(folder, name), 'utf8');
    const ours = text
      .replace('nginx:1.27.3', stage.world.name(image))
      .replace('registry.example/imported', stage.world.name('imported'));
    assert.notEqual(ours, text);
    await writeFile(join(folder, name), ours);
  }
}

/** As kpt 1.0 writes it to the standard input of a function. */
function kptList(image: string, target: string): string {
  return `apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
- apiVersion: kpt.dev/v1
  kind: Kptfile
  metadata:
    name: pkg
    annotations:
      config.kubernetes.io/index: '0'
      config.kubernetes.io/path: 'Kptfile'
      internal.config.kubernetes.io/index: '0'
      internal.config.kubernetes.io/path: 'Kptfile'
      internal.config.kubernetes.io/seqindent: 'compact'
      internal.config.kubernetes.io/id: '1'
      config.k8s.io/id: '1'
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: d
    annotations:
      config.kubernetes.io/index: '0'
      config.kubernetes.io/path: 'd.yaml'
      internal.config.kubernetes.io/index: '0'
      internal.config.kubernetes.io/path: 'd.yaml'
      internal.config.kubernetes.io/seqindent: 'compact'
      internal.config.kubernetes.io/id: '2'
      config.k8s.io/id: '2'
  spec:
    template:
      spec:
        containers:
        - name: a # comment
          image: ${image} # why
functionConfig:
  metadata:
    name: function-input
  data: {rename-remote-path: "${target}"}
  kind: ConfigMap
  apiVersion: v1
`;
}

interface List {
  readonly items: readonly unknown[];
  readonly results: readonly Readonly<Record<string, unknown>>[];
}

function listOf(text: string): List {
  const value = parseYaml(text);
  if (!isList(value)) throw new TypeError(`no list with items and results: ${text}`);
  return value;
}

function isList(value: unknown): value is List {
  return typeof value === 'object' && value !== null && 'items' in value && 'results' in value;
}
