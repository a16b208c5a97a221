import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseManifest } from './manifest.ts';
import { NO_RULES, parseRules } from './rules.ts';

interface Case {
  readonly name: string;
  /** What follows `apiVersion` and `kind` of a Pod. */
  readonly before: string;
  /** The sites, `line image`. */
  readonly sites: readonly string[];
  /** `before` with the images n1, n2 … replaced by new/n1, new/n2 … */
  readonly after: string;
}

const CASES: readonly Case[] = [
  {
    name: 'a shared image is edited at its anchor, once',
    before: 'spec:\n  containers: [{image: &i n1}, {image: *i}]\n  initContainers: [{image: *i }]\n',
    sites: ['4 n1'],
    after: 'spec:\n  containers: [{image: &i new/n1}, {image: *i}]\n  initContainers: [{image: *i }]\n',
  },
  {
    name: 'an anchor below a key that is there for definitions is edited',
    before: 'x-images: {a: &i "n1"}\nspec: {containers: [{image: *i}, {image: *i}]}\n',
    sites: ['3 n1'],
    after: 'x-images: {a: &i "new/n1"}\nspec: {containers: [{image: *i}, {image: *i}]}\n',
  },
  {
    name: 'an anchor in a member that objects do not have is edited',
    before: 'images: {a: &i "n1"}\nspec: {containers: [{image: *i}, {image: *i}]}\n',
    sites: ['3 n1'],
    after: 'images: {a: &i "new/n1"}\nspec: {containers: [{image: *i}, {image: *i}]}\n',
  },
  {
    name: 'a container shared whole is edited at its anchor',
    before: '.base: &c\n  image: n1\nspec: {containers: [*c, *c], initContainers: [*c]}\n',
    sites: ['4 n1'],
    after: '.base: &c\n  image: new/n1\nspec: {containers: [*c, *c], initContainers: [*c]}\n',
  },
  {
    name: 'what a merge key brings is edited where it comes from, what overrides it where it stands',
    before:
      'base: &b {image: n1}\nspec:\n  containers:\n  - <<: *b\n  - image: n2\n    <<: *b\n  - <<: [{x: y}, *b, {image: n3}]\n',
    sites: ['3 n1', '7 n2'],
    after:
      'base: &b {image: new/n1}\nspec:\n  containers:\n  - <<: *b\n  - image: new/n2\n    <<: *b\n  - <<: [{x: y}, *b, {image: n3}]\n',
  },
  {
    name: 'what a merge key cannot bring is no image',
    before: 'base: &b {image: n1}\nspec: {containers: [{"<<": *b}, {image: n2, <<: *b}]}\n',
    sites: ['4 n2'],
    after: 'base: &b {image: n1}\nspec: {containers: [{"<<": *b}, {image: new/n2, <<: *b}]}\n',
  },
  {
    name: 'an image that shares the text of a name leaves the name alone',
    before: 'spec: {containers: [{name: &n n1, image: *n , x: *n}]}\n',
    sites: ['3 n1'],
    after: 'spec: {containers: [{name: &n n1, image: new/n1 , x: *n}]}\n',
  },
  {
    name: 'something else that shares the text of an image keeps it',
    before:
      'spec:\n  containers:\n  - image: &i n1\n    env: [{value: *i}]\n    args:\n    - *i # x\n  - image: *i\n',
    sites: ['5 n1'],
    after:
      'spec:\n  containers:\n  - image: &i new/n1\n    env: [{value: n1}]\n    args:\n    - n1 # x\n  - image: *i\n',
  },
  {
    name: 'an anchor holds to the next of its name',
    before: 'spec: {containers: [{image: &i n1}, {image: *i}, {image: &i n2}, {image: *i}]}\n',
    sites: ['3 n1', '3 n2'],
    after: 'spec: {containers: [{image: &i new/n1}, {image: *i}, {image: &i new/n2}, {image: *i}]}\n',
  },
  {
    name: 'an alias without an anchor passes, and so do the images beside it',
    before:
      'metadata: *m\nspec:\n  <<: *x\n  containers:\n  - image: n1\n    <<: [*y, *z]\n  - image: *i\n  - *c\n  volumes: *v\n',
    sites: ['7 n1'],
    after:
      'metadata: *m\nspec:\n  <<: *x\n  containers:\n  - image: new/n1\n    <<: [*y, *z]\n  - image: *i\n  - *c\n  volumes: *v\n',
  },
  {
    name: 'an anchor that holds itself stands for nothing',
    before: 'spec: &s {containers: &c [{image: n1}, *c, *s], template: *s}\n',
    sites: ['3 n1'],
    after: 'spec: &s {containers: &c [{image: new/n1}, *c, *s], template: *s}\n',
  },
];

test('images behind aliases and merge keys', () => {
  const head = 'apiVersion: v1\nkind: Pod\n';
  for (const { name, before, sites, after } of CASES) {
    const file = { name: 'a.yaml', bytes: Buffer.from(head + before) };
    const manifest = parseManifest(file, { rules: NO_RULES, input: 'k8s' });
    assert.deepEqual(manifest.problems, [], name);
    assert.deepEqual(
      manifest.sites.map(({ line, image }) => `${line} ${image}`),
      sites,
      name,
    );
    const bytes = manifest.edit(({ image }) => `new/${image}`);
    assert.equal(Buffer.from(bytes).toString(), head + after, name);
  }
});

function podOf(image: string): string {
  return `{apiVersion: v1, kind: Pod, spec: {containers: [{image: ${image}}]}}\n`;
}

test('anchors end with their document', () => {
  const bytes = Buffer.from(`${podOf('&i n1')}---\n${podOf('*i')}`);
  const { sites } = parseManifest({ name: 'a.yaml', bytes }, { rules: NO_RULES, input: 'k8s' });
  assert.deepEqual(
    sites.map(({ document }) => document),
    [1],
  );
});

test('one object in many lists is one', () => {
  const text = `apiVersion: v1
kind: List
items:
- &l
  apiVersion: v1
  kind: List
  items: [&p {apiVersion: v1, kind: Pod, spec: {containers: [{image: n1}]}}, *p, *l]
- *l
- *p
`;
  const { sites } = parseManifest(
    { name: 'a.yaml', bytes: Buffer.from(text) },
    { rules: NO_RULES, input: 'k8s' },
  );
  assert.deepEqual(
    sites.map(({ image }) => image),
    ['n1'],
  );
});

test('in plain YAML only the customary keys are for definitions', () => {
  const text = 'x-a: &a n1\nb: {name: &b n2, other: &c n3}\nc: {image: *b}\nd: [{image: *a}, {image: *b}]\n';
  const rules = parseRules('[{kind: raw, imageJSONP: [$..image]}]', 'rules.yaml');
  const manifest = parseManifest({ name: 'a.yaml', bytes: Buffer.from(text) }, { rules, input: 'yaml' });
  assert.equal(
    Buffer.from(manifest.edit(({ image }) => `new/${image}`)).toString(),
    'x-a: &a new/n1\nb: {name: &b n2, other: &c n3}\nc: {image: new/n2}\nd: [{image: *a}, {image: new/n2}]\n',
  );
});

function editedBy(text: string, jsonPath: string): string {
  const rules = parseRules(`[{kind: raw, imageJSONP: ["${jsonPath}"]}]`, 'rules.yaml');
  const manifest = parseManifest({ name: 'a.yaml', bytes: Buffer.from(text) }, { rules, input: 'yaml' });
  return Buffer.from(manifest.edit(({ image }) => `new/${image}`)).toString();
}

test('rules see what merge keys bring: the first of many, and what is there already before all', () => {
  const bases = 'x: [&a {type: yes1, image: a}, &b {type: no1, image: b}]\n';
  const text = (image: string) =>
    `${bases.replace(' a}', ` ${image}a}`)}y:\n- <<: [*a, *b]\n- {<<: *a, type: no1}\n- {type: yes1, <<: *b, image: ${image}c}\n`;
  assert.equal(editedBy(text(''), "$.y[?@.type=='yes1'].image"), text('new/'));
});

test('rules see nothing where an anchor holds itself', () => {
  assert.equal(editedBy('a: &a {b: [*a], image: n1}\n', '$..image'), 'a: &a {b: [*a], image: new/n1}\n');
});

test('texts that are written out of order land in their places among characters of many bytes', () => {
  assert.equal(
    editedBy('é: 😀\na: [{image: &i n1, é: *i}, {é: 日本, image: n2}]\né: *i\n', '$.a[*].image'),
    'é: 😀\na: [{image: &i new/n1, é: n1}, {é: 日本, image: new/n2}]\né: n1\n',
  );
});

test('mappings that merge each other many times are searched once each', () => {
  const levels = Array.from(
    { length: 40 },
    (_, index) => `a${index + 1}: &a${index + 1} {<<: [*a${index}, *a${index}]}\n`,
  );
  const text = `a0: &a0 {image: i}\n${levels.join('')}apiVersion: v1\nspec: {<<: *a40, containers: [{<<: *a40}]}\n`;
  const rules = parseRules('[{kind: Other, imageJSONP: [$.spec.image]}]', 'rules.yaml');
  for (const kind of ['Pod', 'Other', 'Unknown']) {
    const file = { name: 'a.yaml', bytes: Buffer.from(`kind: ${kind}\n${text}`) };
    const { sites, unmatched } = parseManifest(file, { rules, input: 'k8s' });
    const lines = [...sites, ...unmatched].map(({ line }) => line);
    assert.ok(lines.length > 0 && lines.every((line) => line === 2), kind);
  }
});

test('lists of lists of lists are searched once each', () => {
  const levels = Array.from({ length: 12 }, (_, index) => {
    const items = Array.from({ length: 10 }, () => `*l${index}`).join(', ');
    return `  - &l${index + 1} {kind: List, items: [${items}]}\n`;
  });
  const text = `kind: List\nitems:\n  - &l0 {apiVersion: v1, kind: Pod, spec: {containers: [{image: n1}]}}\n${levels.join('')}`;
  const { sites } = parseManifest(
    { name: 'a.yaml', bytes: Buffer.from(text) },
    { rules: NO_RULES, input: 'k8s' },
  );
  assert.equal(sites.length, 1);
});
