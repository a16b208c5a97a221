import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type EmbeddedRegistry, putImage, startRegistry } from '../../src/testing/index.ts';
import { imageOf, pod } from './cases.ts';
import { reimage } from './command.ts';

/** What stands for the image in the tables: as written, and as it comes out. */
const MARK = '§';

const CRLF = `apiVersion: v1\r\nkind: Pod # why\r\nspec:\r\n  containers:\r\n  - image: ${MARK}\r\n`;
/** Every place of an image in a pod spec. */
const POD_SPEC = `{initContainers: [{image: ${MARK}}], containers: [{image: ${MARK}}], ephemeralContainers: [{image: ${MARK}}], volumes: [{image: {reference: ${MARK}}}]}`;
const WORKLOADS = [
  `{apiVersion: v1, kind: Pod, spec: ${POD_SPEC}}`,
  `{apiVersion: v1, kind: PodTemplate, template: {spec: ${POD_SPEC}}}`,
  `{apiVersion: v1, kind: ReplicationController, spec: {template: {spec: ${POD_SPEC}}}}`,
  `{apiVersion: apps/v1, kind: Deployment, spec: {template: {spec: ${POD_SPEC}}}}`,
  `{apiVersion: extensions/v1beta1, kind: DaemonSet, spec: {template: {spec: ${POD_SPEC}}}}`,
  `{apiVersion: apps/v1beta1, kind: StatefulSet, spec: {template: {spec: ${POD_SPEC}}}}`,
  `{apiVersion: batch/v1, kind: Job, spec: {template: {spec: ${POD_SPEC}}}}`,
  `{apiVersion: batch/v1beta1, kind: CronJob, spec: {jobTemplate: {spec: {template: {spec: ${POD_SPEC}}}}}}`,
  `{apiVersion: v1, kind: PodList, items: [{spec: ${POD_SPEC}}]}`,
  `{apiVersion: monitoring.coreos.com/v1, kind: Prometheus, spec: {image: ${MARK}, thanos: {image: ${MARK}}}}`,
];
const OBJECT = `apiVersion: v1\nkind: Pod\nspec: {containers: [{image: ${MARK}}]}\n`;
const JSON_OBJECT = `{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"image":"${MARK}"}]}}`;

/** Streams whose every byte but the image comes out as it went in. */
const STREAMS: Readonly<Record<string, string>> = {
  nothing: '',
  'white space': ' \n\n',
  'a comment': '# only this',
  'no object': 'just text\n---\n- a\n- list\n---\n3\n---\n',
  'line breaks of Windows': CRLF,
  'a byte order mark': `\uFEFF${OBJECT}`,
  'no line break at the end': OBJECT.trimEnd(),
  'directives and ends of documents': `%YAML 1.2\n%TAG ! !x-\n---\n${OBJECT}...\n# between\n---\n${OBJECT}...\n`,
  'empty documents': `---\n---\n# nothing\n---\n${OBJECT}---\n---\n`,
  quotes: `kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - image: "${MARK}"   # double\n  - image: '${MARK}' # single\n`,
  'a block scalar': `kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - image: >-\n      ${MARK}\n    name: x\n`,
  'keys in no order, odd indentation': `spec:\n     containers:\n     -   {"image":"${MARK}",\n          name :   x}\nkind:    Pod\napiVersion:   "v1"\n`,
  'anchors and aliases': `apiVersion: v1\nkind: Pod\nx-image: &image ${MARK}\nspec:\n  containers:\n  - image: *image\n  - <<: &c {name: c}\n    image: *image\n`,
  'Helm comments': `---\n# Source: chart/templates/pod.yaml\n${OBJECT}---\n# Source: other\nkind: Secret\ndata: {a: "b" }\n`,
  JSON: `${JSON_OBJECT}\n`,
  'JSON, printed wide': `${JSON.stringify(JSON.parse(JSON_OBJECT), undefined, '\t')}\n`,
  'a stream of JSON': `${JSON_OBJECT}\n\n${JSON_OBJECT}${JSON_OBJECT}`,
  'a list': `apiVersion: v1\nkind: List\nitems:\n- ${OBJECT.trimEnd().replaceAll('\n', '\n  ')}\n`,
  'every kind, every place': `${WORKLOADS.join('\n---\n')}\n`,
  'what stands for no image yet': `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image:\n  - image: ""\n  - image: " "\n  - image: auto\n  - image: ~\n  - name: none\n  - image: ${MARK}\n`,
  'text beyond ASCII': `# ünïcödé 🐳\n${OBJECT}---\na: "\\u263a ☺"\n`,
  'look-alikes': `apiVersion: v1\nkind: Pod\nspec:\n  containers: [{image: ${MARK}}]\n  volumes: [{rbd: {image: not-this}}]\nstatus:\n  containerStatuses: [{image: not-this, imageID: not-this}]\n`,
};

/** Files given together, and what comes out; kubectl must read every object of it. */
const JOINED: readonly (readonly [name: string, files: readonly string[], output: string])[] = [
  ['two files', [OBJECT, OBJECT], `${OBJECT}---\n${OBJECT}`],
  ['no line break at the end of the first', ['a: 1', 'b: 2'], 'a: 1\n---\nb: 2'],
  ['a marker of its own', ['a: 1\n', '---\nb: 2\n'], 'a: 1\n---\nb: 2\n'],
  ['a marker with content', ['a: 1\n', '--- {b: 2}\n'], 'a: 1\n--- {b: 2}\n'],
  ['a directive', ['a: 1\n', '%YAML 1.2\n---\nb: 2\n'], 'a: 1\n...\n%YAML 1.2\n---\nb: 2\n'],
  ['a byte order mark', ['a: 1\n', '\uFEFFb: 2\n'], 'a: 1\n---\nb: 2\n'],
  ['empty files', ['', 'a: 1\n', '', 'b: 2\n', ''], 'a: 1\n---\nb: 2\n'],
  ['an empty file and another', ['', '\uFEFFb: 2\n'], '\uFEFFb: 2\n'],
  ['JSON and JSON', ['{"a":1}', '{"b":2}\n'], '{"a":1}\n{"b":2}\n'],
  ['JSON and YAML', ['{"a":1}\n', 'b: 2\n'], '---\n{"a":1}\n---\nb: 2\n'],
  ['YAML and a stream of JSON', ['a: 1\n', '{"b":2} {"c":3}\n'], 'a: 1\n---\n{"b":2}\n---\n {"c":3}\n'],
];

describe('bytes', { concurrency: 4 }, () => {
  let registry: EmbeddedRegistry;
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tallyman-e2e-'));
    registry = await startRegistry();
    putImage(registry.store, 'app', 'v1', imageOf(1));
  });
  after(async () => {
    await registry.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function written(text: string): string {
    return text.replaceAll(MARK, `${registry.host}/app:v1`);
  }

  function printed(text: string): string {
    return text.replaceAll(MARK, `${registry.host}/app@${imageOf(1).root.digest}`);
  }

  for (const [name, text] of Object.entries(STREAMS)) {
    test(name, async () => {
      const outcome = await reimage(['-rename-force-digest'], { stdin: written(text) });
      assert.deepEqual([outcome.stdout, outcome.code], [printed(text), 0], outcome.stderr);
    });
  }

  for (const [index, [name, files, output]] of JOINED.entries()) {
    test(`joined: ${name}`, async () => {
      const args: string[] = [];
      for (const [number, text] of files.entries()) {
        const path = join(folder, `joined-${index}-${number}`);
        await writeFile(path, written(text));
        args.push('-f', path);
      }
      const outcome = await reimage([...args, '-rename-force-digest'], { stdin: 'not: [read' });
      assert.deepEqual([outcome.stdout, outcome.code], [printed(output), 0], outcome.stderr);
    });
  }

  test('a folder: its manifests in the order of their names, and standard input where it is named', async () => {
    const manifests = join(folder, 'manifests');
    await mkdir(join(manifests, 'deeper'), { recursive: true });
    const contents = {
      'b.yml': 'b: 1\n',
      'a.yaml': 'a: 1\n',
      'c.json': '{"c":1}\n',
      'notes.txt': '[',
      'deeper/d.yaml': '[',
    };
    for (const [name, text] of Object.entries(contents)) await writeFile(join(manifests, name), text);
    const outcome = await reimage(['-f', manifests, '-f', '-'], { stdin: 'last: 1\n' });
    const expected = 'a: 1\n---\nb: 1\n---\n{"c":1}\n---\nlast: 1\n';
    assert.deepEqual([outcome.stdout, outcome.code], [expected, 0], outcome.stderr);
  });

  test('any YAML, by raw rules alone', async () => {
    const rules = join(folder, 'rules.yaml');
    await writeFile(rules, "- kind: Raw\n  imageJSONP: ['$.services[*].image']\n");
    const text = `services:\n  web: {image: ${MARK}} # kept\n---\n${pod('never/looked:at')}`;
    const args = ['-input', 'yaml', '-rules-config', rules, '-rename-force-digest'];
    const outcome = await reimage(args, { stdin: written(text) });
    assert.deepEqual([outcome.stdout, outcome.code], [printed(text), 0], outcome.stderr);
  });

  test('kinds that only rules know, and further places of known ones', async () => {
    const rules = join(folder, 'typed.yaml');
    await writeFile(
      rules,
      "- kind: ^Widget$\n  apiVersion: ^example\\.com/\n  imageJSONP: ['$.spec.image']\n- kind: ^Pod$\n  imageJSONP: ['$.metadata.annotations.sidecar']\n",
    );
    const text = `apiVersion: example.com/v1\nkind: Widget\nspec:\n  image: ${MARK}\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n    sidecar: ${MARK}\nspec:\n  containers: [{image: "${MARK}"}]\n`;
    const outcome = await reimage(['-rules-config', rules, '-rename-force-digest'], { stdin: written(text) });
    assert.deepEqual([outcome.stdout, outcome.code], [printed(text), 0], outcome.stderr);
  });
});
