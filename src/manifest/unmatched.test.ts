import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseManifest } from './manifest.ts';
import { NO_RULES, parseRules } from './rules.ts';

/** What is unmatched, as `line:column image path`, with a `+` where it is in parts. */
function unmatched(text: string, rules = NO_RULES, input: 'k8s' | 'yaml' = 'k8s'): string[] {
  const manifest = parseManifest({ name: 'a.yaml', bytes: Buffer.from(text) }, { rules, input });
  assert.deepEqual(manifest.sites, []);
  return manifest.unmatched.map(
    ({ line, column, image, path, inParts }) => `${line}:${column} ${image} ${path}${inParts ? ' +' : ''}`,
  );
}

function custom(members: string): string {
  return `apiVersion: example.com/v1\nkind: Thing\n${members}\n`;
}

const CASES: readonly (readonly [name: string, members: string, expected: readonly string[]])[] = [
  ['a text at the key image', 'spec: {image: a:1}', ['3:15 a:1 spec.image']],
  [
    'at any depth, in lists, beside spec, in JSON',
    '"data": {"x.y": [{"image": "a"}, [{"image": "b"}]]}\nimage: c',
    ['3:28 a data["x.y"][0].image', '3:45 b data["x.y"][1][0].image', '4:8 c image'],
  ],
  [
    'a block, less its line break',
    'spec:\n  image: >-\n    a:1\n  b:\n    image: |\n      b:1',
    ['5:1 a:1 spec.image', '8:1 b:1 spec.b.image'],
  ],
  [
    'image volumes',
    'volumes: [{image: {reference: r, pullPolicy: Always}}]',
    ['3:31 r volumes[0].image.reference'],
  ],
  [
    'repository with tag, registry or digest, a number as well',
    'a: {image: {repository: r, tag: 1.20}}\nb: {image: {registry: g.io, repository: r, tag: null}}\nc: {image: {repository: r, tag: t, digest: "sha256:x"}}',
    ['3:12 r:1.20 a.image +', '4:12 g.io/r b.image +', '5:12 r:t@sha256:x c.image +'],
  ],
  ['a repository alone is none, nor is a tag', 'a: {image: {repository: r}}\nb: {image: {tag: t}}', []],
  ['what is below an image that is none', 'image: {app: {image: a}}', ['3:22 a image.app.image']],
  ['placeholders', 'a: {image: ""}\nb: {image: " "}\nc: {image: auto}\nd: {image: null}\ne: {image: }', []],
  ['no text', 'a: {image: 1}\nb: {image: true}\nc: {image: [x]}', []],
  ['another key', 'spec: {imagePullPolicy: Always, osImage: x, images: [y], imageID: z}', []],
  [
    'the status of the object, but not one in its spec',
    'status: {image: a}\nspec: {status: {image: b}}',
    ['4:24 b spec.status.image'],
  ],
  ['a disk of Ceph', 'spec: {rbd: {image: a}, x: {rbd: [{image: b}]}}', ['3:43 b spec.x.rbd[0].image']],
  [
    'names that somebody chose, and schemas',
    'metadata: {image: a, labels: {image: b}}\nspec:\n  template: {metadata: {annotations: {image: c}}}\n  selector: {matchLabels: {image: d}}\n  versions: [{schema: {openAPIV3Schema: {default: {image: e}}}}]',
    [],
  ],
  [
    'an alias is followed once, whatever holds itself',
    'a: &a {image: x, again: *a, b: &b [{image: w}]}\nc: *b\nd: *a\ne: *nothing',
    ['3:15 x a.image', '3:44 w a.b[0].image'],
  ],
  [
    'merge keys bring what is not there already',
    'a: &a {image: x}\nb: {<<: *a, image: w}\nc: {<<: *a}',
    ['3:15 x a.image', '4:20 w b.image', '3:15 x c.image'],
  ],
  ['a key that is there twice is no fault of the manifest', 'image: x\nimage: w', ['4:8 w image']],
];

test('what looks like an image in an object that no rule knows', () => {
  for (const [name, members, expected] of CASES) {
    assert.deepEqual(unmatched(custom(members)), expected, name);
  }
});

test('kinds whose images are data or schemas are not looked at, kinds of those names in other groups are', () => {
  const kinds: readonly (readonly [apiVersion: string, kind: string, count: number])[] = [
    ['v1', 'ConfigMap', 0],
    ['v1', 'Secret', 0],
    ['apiextensions.k8s.io/v1beta1', 'CustomResourceDefinition', 0],
    ['imagepolicy.k8s.io/v1alpha1', 'ImageReview', 0],
    ['config.kubernetes.io/v1', 'ResourceList', 0],
    ['example.com/v1', 'Secret', 1],
    ['v1', 'Service', 1],
    ['apps/v0', 'Deployment', 1],
  ];
  for (const [apiVersion, kind, count] of kinds) {
    const text = `{apiVersion: ${apiVersion}, kind: ${kind}, data: {image: a}}`;
    assert.equal(unmatched(text).length, count, `${apiVersion} ${kind}`);
  }
});

test('items of lists are looked at one by one, and objects that are no lists whatever their kind ends in', () => {
  const list = `apiVersion: v1
kind: List
image: no
items:
- {apiVersion: e/v1, kind: A, metadata: {name: a}, image: x}
- {apiVersion: e/v1, kind: BList, items: [{image: w}]}
- {apiVersion: e/v1, kind: AllowList, image: z}
- {image: no}
`;
  assert.deepEqual(unmatched(list), ['5:59 x image', '6:51 w image', '7:46 z image']);
});

test('an object in which a rule found anything, a placeholder too, is not looked at', () => {
  const rules = parseRules("[{kind: '^Thing$', imageJSONP: ['$.spec.picture']}]", 'rules.yaml');
  assert.deepEqual(unmatched(custom('spec: {picture: " ", image: a}'), rules), []);
  assert.deepEqual(unmatched(custom('spec: {picture: null, image: a}'), rules), []);
  assert.deepEqual(unmatched(custom('spec: {image: a}'), rules), ['3:15 a spec.image']);
  const pod = 'apiVersion: v1\nkind: Pod\nspec: {containers: [{image: auto, env: [{image: a}]}]}\n';
  assert.deepEqual(unmatched(pod), []);
  assert.deepEqual(unmatched(pod.replace('image: auto, ', '')), ['3:36 a spec.containers[0].env[0].image']);
});

test('what is no object is not looked at', () => {
  for (const text of ['image: a', '[{image: a}]', 'kind: \nimage: a'])
    assert.deepEqual(unmatched(text), [], text);
  const rules = parseRules('[{kind: Raw, imageJSONP: [$.none]}]', 'rules.yaml');
  assert.deepEqual(unmatched(custom('image: a'), rules, 'yaml'), []);
});
