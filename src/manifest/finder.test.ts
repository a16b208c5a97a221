import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseManifest } from './manifest.ts';
import { NO_RULES, parseRules } from './rules.ts';

function parse(text: string, rules = NO_RULES, input: 'k8s' | 'yaml' = 'k8s') {
  return parseManifest({ name: 'a.yaml', bytes: Buffer.from(text) }, { rules, input });
}

/** The sites as `line:column image path`. */
function found(text: string, rules = NO_RULES, input: 'k8s' | 'yaml' = 'k8s'): string[] {
  return parse(text, rules, input).sites.map(
    ({ line, column, image, path }) => `${line}:${column} ${image} ${path}`,
  );
}

const POD_SPEC = `{initContainers: [{image: i}], containers: [{image: c1}, {image: c2}],
  ephemeralContainers: [{image: e}], volumes: [{name: v, image: {reference: r, pullPolicy: Always}}]}`;

test('every image position of a pod spec, for each shape of workload', () => {
  const shapes: Readonly<Record<string, readonly [text: string, prefix: string]>> = {
    Pod: [`apiVersion: v1\nkind: Pod\nspec: ${POD_SPEC}`, 'spec'],
    PodTemplate: [`apiVersion: v1\nkind: PodTemplate\ntemplate: {spec: ${POD_SPEC}}`, 'template.spec'],
    Deployment: [
      `spec: {template: {spec: ${POD_SPEC}}}\nkind: Deployment\napiVersion: apps/v1`,
      'spec.template.spec',
    ],
    CronJob: [
      `{"apiVersion": "batch/v2alpha1", "kind": "CronJob",
        "spec": {jobTemplate: {spec: {template: {spec: ${POD_SPEC}}}}}}`,
      'spec.jobTemplate.spec.template.spec',
    ],
  };
  for (const [kind, [text, prefix]] of Object.entries(shapes)) {
    const sites = parse(text).sites.map(({ image, path }) => `${image} ${path}`);
    assert.deepEqual(
      sites,
      [
        `i ${prefix}.initContainers[0].image`,
        `c1 ${prefix}.containers[0].image`,
        `c2 ${prefix}.containers[1].image`,
        `e ${prefix}.ephemeralContainers[0].image`,
        `r ${prefix}.volumes[0].image.reference`,
      ],
      kind,
    );
  }
});

test('lists are searched: mixed, nested, typed with items that do not say what they are, of unknown kinds', () => {
  const text = `apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Pod, metadata: {name: a, namespace: n}, spec: {containers: [{image: a}]}}
- apiVersion: v1
  kind: List
  items:
  - {apiVersion: apps/v1, kind: Deployment, spec: {template: {spec: {containers: [{image: b}]}}}}
- apiVersion: v1
  kind: PodList
  items:
  - {metadata: {name: c}, spec: {containers: [{image: c}]}}
  - {kind: Pod, spec: {containers: [{image: d}]}}
  - {kind: Secret, spec: {containers: [{image: no}]}}
- {spec: {containers: [{image: no}]}}
- null
- text
---
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items: [{apiVersion: v1, kind: Pod, spec: {containers: [{image: e}]}}]
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusList
items: [{spec: {image: f}}]
`;
  assert.deepEqual(
    parse(text).sites.map(({ document, image, path, object }) => [document, image, path, object?.name]),
    [
      [1, 'a', 'spec.containers[0].image', 'a'],
      [1, 'b', 'spec.template.spec.containers[0].image', ''],
      [1, 'c', 'spec.containers[0].image', 'c'],
      [1, 'd', 'spec.containers[0].image', ''],
      [2, 'e', 'spec.containers[0].image', ''],
      [3, 'f', 'spec.image', ''],
    ],
  );
  assert.deepEqual(parse(text).sites[0]?.object, {
    apiVersion: 'v1',
    kind: 'Pod',
    name: 'a',
    namespace: 'n',
  });
});

test('the kinds of the Prometheus operator', () => {
  const spec = '{image: a, thanos: {image: b}, containers: [{image: c}], initContainers: [{image: d}]}';
  const types = [
    ['v1', 'Prometheus'],
    ['v1', 'Alertmanager'],
    ['v1', 'ThanosRuler'],
    ['v1alpha1', 'PrometheusAgent'],
  ];
  for (const [version, kind] of types) {
    const text = `apiVersion: monitoring.coreos.com/${version}\nkind: ${kind}\nspec: ${spec}`;
    assert.deepEqual(
      parse(text).sites.map(({ image }) => image),
      ['a', 'b', 'c', 'd'],
      kind,
    );
  }
  assert.deepEqual(found(`apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec: ${spec}`), []);
});

test('what only looks like an image stays', () => {
  const text = `apiVersion: v1
kind: Pod
metadata: {annotations: {image: no}}
spec:
  image: no
  imagePullSecrets: [{name: no}]
  containers:
  - {name: a, image: yes:1, imagePullPolicy: Always, env: [{name: image, value: no}]}
  volumes:
  - {name: b, rbd: {image: no}}
  - {name: c, image: {pullPolicy: Always}}
  - {name: d, csi: {image: no}}
status:
  containerStatuses: [{image: no, imageID: no, volumeMounts: [{volumeStatus: {image: {imageRef: no}}}]}]
  containers: [{image: no}]
---
{apiVersion: v1, kind: PersistentVolume, spec: {rbd: {image: no}, containers: [{image: no}]}}
---
{apiVersion: v1, kind: Node, status: {images: [{names: [no]}], nodeInfo: {osImage: no}}}
---
{apiVersion: imagepolicy.k8s.io/v1alpha1, kind: ImageReview, spec: {containers: [{image: no}]}}
---
{kind: Pod, spec: {containers: [{image: no}]}}
---
- {apiVersion: v1, kind: Pod, spec: {containers: [{image: no}]}}
`;
  assert.deepEqual(found(text), ['8:22 yes:1 spec.containers[0].image']);
});

test('what is no reference yet is neither a site nor a problem', () => {
  const text = `apiVersion: v1
kind: Pod
spec:
  initContainers:
  containers: [{image: }, {image: ""}, {image: " "}, {image: auto}, {image: ~}, {name: x}, null, text, []]
  ephemeralContainers: {image: no}
  volumes: text
---
{apiVersion: v1, kind: ReplicationController, spec: {replicas: 1}}
---
{apiVersion: v1, kind: Pod, spec: text}
`;
  const { sites, problems } = parse(text);
  assert.deepEqual([sites, problems], [[], []]);
});

test('what is no string in the place of an image is a problem, with its place', () => {
  const text = `---
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
  - image: 1.25
  - image: true
  - {name: é😀, image: {a: b}}
  - image: ["x"]
  - image: !!str 1.25
  - image: !!int "1"
  - image: '1.25'
  - image: !custom x
`;
  const { sites, problems } = parse(text);
  assert.deepEqual(
    problems.map(({ message }) => message),
    [
      'a.yaml:7:12 (document 1): spec.containers[0].image is a number, not a string',
      'a.yaml:8:12 (document 1): spec.containers[1].image is a boolean, not a string',
      'a.yaml:9:23 (document 1): spec.containers[2].image is a mapping, not a string',
      'a.yaml:10:12 (document 1): spec.containers[3].image is a sequence, not a string',
      'a.yaml:12:18 (document 1): spec.containers[5].image is a number, not a string',
    ],
  );
  assert.equal(problems[0]?.object?.name, 'p');
  assert.deepEqual(
    sites.map(({ image }) => image),
    ['1.25', '1.25', 'x'],
  );
});

test('rules of a user apply to all kinds they match, built-in ones and items of lists too', () => {
  const rules = parseRules(
    `
- kind: ^Widget$
  apiVersion: ^example\\.com/
  imageJSONP: ["$.spec.image", "$.spec.parts[?@.kind == 'image'].ref", "$.spec['a.b']"]
- kind: Pod
  imageJSONP: ["$.metadata.annotations['example.com/image']", "$.spec.containers[*].image"]
- apiVersion: ^example\\.com/v1$
  imageJSONP: ["$..sidecar"]
- kind: RAW
  imageJSONP: ["$..*"]
`,
    'rules.yaml',
  );
  const text = `apiVersion: example.com/v1
kind: Widget
spec: {image: a, parts: [{kind: image, ref: b}, {kind: x, ref: no}], a.b: c, x: {sidecar: d}}
---
{apiVersion: example.com/v2, kind: Widget, spec: {image: e, sidecar: no, parts: text}}
---
{apiVersion: example.org/v1, kind: Widget, spec: {image: no}}
---
apiVersion: v1
kind: PodList
items:
- metadata: {annotations: {example.com/image: f}}
  spec: {containers: [{image: g}]}
`;
  assert.deepEqual(found(text, rules), [
    '3:15 a spec.image',
    '3:45 b spec.parts[0].ref',
    '3:75 c spec["a.b"]',
    '3:91 d spec.x.sidecar',
    '5:58 e spec.image',
    '12:47 f metadata.annotations["example.com/image"]',
    '13:31 g spec.containers[0].image',
  ]);
});

test('a path of a rule that meets something else than a string is a problem, one that meets nothing is not', () => {
  const rules = parseRules('[{kind: Widget, imageJSONP: [$.a, $.b, $.c.d.e, $.f.g, $.h]}]', 'rules.yaml');
  const { sites, problems } = parse('apiVersion: e/v1\nkind: Widget\na: {}\nb: 1\nc: text\nf: ~\nh:', rules);
  assert.deepEqual(sites, []);
  assert.deepEqual(
    problems.map(({ message }) => message),
    [
      'a.yaml:3:4 (document 1): a is a mapping, not a string',
      'a.yaml:4:4 (document 1): b is a number, not a string',
    ],
  );
});

test('plain YAML is searched by raw rules alone, whatever its documents are', () => {
  const rules = parseRules(
    '[{kind: Raw, imageJSONP: ["$.services.*.image", "$[*].image"]}, {kind: .*, imageJSONP: [$.no]}]',
    'rules.yaml',
  );
  const text = `services:
  web: {image: a}
  db: {image: b, build: .}
---
- image: c
---
{apiVersion: v1, kind: Pod, metadata: {name: p}, no: no, x: {image: d}, spec: {containers: [{image: no}]}}
`;
  assert.deepEqual(found(text, rules, 'yaml'), [
    '2:16 a services.web.image',
    '3:15 b services.db.image',
    '5:10 c [0].image',
    '7:69 d x.image',
  ]);
  assert.equal(parse(text, rules, 'yaml').sites[0]?.object, undefined);
  assert.equal(parse(text, rules, 'yaml').sites[3]?.object?.name, 'p');
});
