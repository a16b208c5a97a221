import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseYaml } from '../yaml/index.ts';
import { ManifestError } from './errors.ts';
import { parseManifest } from './manifest.ts';
import { parseResourceList } from './resource-list.ts';
import { addResults, failedList, type FunctionResult } from './resource-list-results.ts';
import { NO_RULES } from './rules.ts';

const LIST = `apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
- apiVersion: v1
  kind: Pod
  metadata:
    name: a
    annotations:
      config.kubernetes.io/index: '7'
      config.kubernetes.io/path: 'old.yaml'
      internal.config.kubernetes.io/index: '1'
      internal.config.kubernetes.io/path: 'pods/a.yaml'
  spec:
    containers:
    - name: a # kept
      image: nginx:1 # kept too
- apiVersion: v1
  kind: List
  metadata:
    annotations:
      config.kubernetes.io/path: list.yaml
  items:
  - kind: Pod
    apiVersion: v1
    spec: {containers: [{image: "busybox"}]}
- apiVersion: v1
  kind: Pod
  spec: {containers: [{image: plain}]}
functionConfig:
  apiVersion: v1
  kind: ConfigMap
  data: {jobs: "3", image: nginx}
`;
const DONE: FunctionResult = { message: 'it: is "done"', severity: 'info', file: { path: 'a', index: 0 } };
const DONE_TEXT = '{"message":"it: is \\"done\\"","severity":"info","file":{"path":"a","index":0}}';

function fileOf(text: string) {
  return { name: '<stdin>', bytes: Buffer.from(text) };
}

function withDone(text: string): string {
  return Buffer.from(addResults(fileOf(text), [DONE])).toString();
}

test('a ResourceList has its configuration, and a file for each item', () => {
  const list = parseResourceList(fileOf(LIST));
  assert.equal(list.apiVersion, 'config.kubernetes.io/v1');
  assert.deepEqual(list.functionConfig, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    data: { jobs: '3', image: 'nginx' },
  });
  const { sites } = parseManifest(fileOf(LIST), { rules: NO_RULES, input: 'k8s' });
  assert.deepEqual(
    sites.map((site) => [site.image, list.fileAt(site)]),
    [
      ['nginx:1', { path: 'pods/a.yaml', index: 1 }],
      ['busybox', { path: 'list.yaml', index: undefined }],
      ['plain', undefined],
    ],
  );
  assert.equal(list.fileAt({ line: 1, column: 1 }), undefined);
});

test('the older versions are read, and a list without configuration or items', () => {
  for (const version of ['v1beta1', 'v1alpha1']) {
    const text = `kind: ResourceList\napiVersion: config.kubernetes.io/${version}\nfunctionConfig: null\n`;
    const list = parseResourceList(fileOf(text));
    assert.equal(list.apiVersion, `config.kubernetes.io/${version}`);
    assert.equal(list.functionConfig, undefined);
  }
});

test('what is no ResourceList is told with its place', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', '<stdin>:1:1 (document 1): there is nothing where a ResourceList should be'],
    ['# nothing\n---\n', '<stdin>:1:1 (document 1): there is nothing where a ResourceList should be'],
    [
      'apiVersion: v1\nkind: Pod\n',
      '<stdin>:1:1 (document 1): this is no ResourceList of config.kubernetes.io',
    ],
    [
      'apiVersion: other/v1\nkind: ResourceList\n',
      '<stdin>:1:1 (document 1): this is no ResourceList of config.kubernetes.io',
    ],
    ['- a\n', '<stdin>:1:1 (document 1): this is no ResourceList of config.kubernetes.io'],
    [
      `${LIST}---\na: b\n`,
      '<stdin>:34:1 (document 1): there is more than one document; a function gets one ResourceList',
    ],
    [
      'kind: ResourceList\nkind: ResourceList\n',
      '<stdin>:2:1 (document 1): the key "kind" is here a second time',
    ],
  ];
  for (const [text, message] of cases) {
    assert.throws(
      () => parseResourceList(fileOf(text)),
      (error: unknown) => {
        assert.ok(error instanceof ManifestError);
        assert.equal(error.message, message);
        return true;
      },
    );
  }
});

test('results are put before the items, or before the results that are there', () => {
  const head = 'apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n';
  const cases: readonly (readonly [before: string, after: string])[] = [
    [LIST, LIST.replace('\nitems:', `\nresults:\n- ${DONE_TEXT}\nitems:`)],
    [`${head}items: []`, `${head}results:\n- ${DONE_TEXT}\nitems: []`],
    [`---\n${head}functionConfig: {}\n`, `---\nresults:\n- ${DONE_TEXT}\n${head}functionConfig: {}\n`],
    ['\uFEFFitems: []\n', `\uFEFFresults:\n- ${DONE_TEXT}\nitems: []\n`],
    ['  kind: a\n  items: []\n', `  kind: a\n  results:\n  - ${DONE_TEXT}\n  items: []\n`],
    ['{"kind": "a", "items": [],}', `{"kind": "a", "results": [${DONE_TEXT}], "items": [],}`],
    ['items: []\nresults:\n- message: x\n', `items: []\nresults:\n- ${DONE_TEXT}\n- message: x\n`],
    [
      'results:\n  # why\n  - message: x\n  - message: y\n',
      `results:\n  # why\n  - ${DONE_TEXT}\n  - message: x\n  - message: y\n`,
    ],
    ['results: []\n', `results: [${DONE_TEXT}]\n`],
    ['{"results": [{"message": "x"}]}', `{"results": [${DONE_TEXT}, {"message": "x"}]}`],
    ['"results": null # none\nitems: []\n', `"results": [${DONE_TEXT}] # none\nitems: []\n`],
    ['results:\nitems: []\n', `results: [${DONE_TEXT}]\nitems: []\n`],
    ['{results: , items: []}', `{results: [${DONE_TEXT}] , items: []}`],
  ];
  for (const [before, after] of cases) assert.equal(withDone(before), after);
});

test('without results the bytes are the same', () => {
  const file = fileOf(LIST);
  assert.equal(addResults(file, []), file.bytes);
});

test('a list in which results have no place is refused', () => {
  const texts = ['results: text\n', 'a: &x []\nresults: *x\n', '!!map {}\n', '? items\n: []\n'];
  for (const text of texts) assert.throws(() => withDone(text), /there is no place for results/, text);
});

test('whatever a result says is read back from YAML', () => {
  const message = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed());
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 3 }), fc.boolean(), (messages, failed) => {
      const results = messages.map((text) => ({ message: text, severity: 'error' as const }));
      const bytes = failed
        ? failedList('config.kubernetes.io/v1', results)
        : addResults(fileOf('kind: ResourceList\nitems: [1]\n'), results);
      const expected = failed
        ? { apiVersion: 'config.kubernetes.io/v1', kind: 'ResourceList', items: [], results }
        : { kind: 'ResourceList', results, items: [1] };
      assert.deepEqual(parseYaml(Buffer.from(bytes).toString()), expected);
    }),
  );
});
