import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPlace, ManifestError, NO_RULES, parseManifest, parseResourceList } from '../manifest/index.ts';
import { RunError } from '../reimage/index.ts';
import { changeResults, failureResults, type FunctionInput } from './krm-results.ts';

const LIST = `apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: shop
    namespace: front
    annotations: {internal.config.kubernetes.io/path: shop.yaml, internal.config.kubernetes.io/index: '2'}
  spec: {template: {spec: {containers: [{image: "nginx:1"}, {image: kept:1}], initContainers: [{image: 1}]}}}
- apiVersion: v1
  kind: Pod
  metadata: {name: bare}
  spec: {containers: [{image: nginx:1}]}
`;
const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop', namespace: 'front' };
const POD = { apiVersion: 'v1', kind: 'Pod', name: 'bare' };
const FILE = { path: 'shop.yaml', index: 2 };

function inputOf(text: string, readable = true): FunctionInput {
  const file = { name: '<stdin>', bytes: Buffer.from(text) };
  return { file, list: readable ? parseResourceList(file) : undefined, rules: NO_RULES };
}

test('every place whose image changed has a result', () => {
  const input = inputOf(LIST);
  const manifest = parseManifest(input.file, { rules: NO_RULES, input: 'k8s' });
  const output = manifest.edit(({ image }) => (image === 'nginx:1' ? 'r/nginx:2' : image));
  const change = { currentValue: 'nginx:1', proposedValue: 'r/nginx:2' };
  const message = 'image nginx:1 is now r/nginx:2';
  assert.deepEqual(changeResults(input, output), [
    {
      message,
      severity: 'info',
      resourceRef: DEPLOYMENT,
      field: { path: 'spec.template.spec.containers[0].image', ...change },
      file: FILE,
    },
    { message, severity: 'info', resourceRef: POD, field: { path: 'spec.containers[0].image', ...change } },
  ]);
  assert.deepEqual(changeResults(input, input.file.bytes), []);
});

test('every reason of a failure has a result that says where it is', () => {
  const input = inputOf(LIST);
  const manifest = parseManifest(input.file, { rules: NO_RULES, input: 'k8s' });
  const [first, , bare] = manifest.sites;
  const [problem] = manifest.problems;
  assert.ok(first && bare && problem);
  const error = new RunError([
    { message: `${formatPlace(first)} and 1 more place: image "nginx:1": gone`, cause: 0, place: first },
    { message: problem.message, cause: 0, place: problem },
    { message: 'another beginning', cause: 0, place: bare },
    { message: 'cannot write https://user:secret@host/x?token=y', cause: 0, place: undefined },
  ]);
  const path = 'spec.template.spec.initContainers[0].image';
  assert.deepEqual(failureResults(input, error), [
    {
      message: 'image "nginx:1": gone',
      severity: 'error',
      resourceRef: DEPLOYMENT,
      field: { path: 'spec.template.spec.containers[0].image', currentValue: 'nginx:1' },
      file: FILE,
    },
    {
      message: `${path} is a number, not a string`,
      severity: 'error',
      resourceRef: DEPLOYMENT,
      field: { path },
      file: FILE,
    },
    {
      message: 'another beginning',
      severity: 'error',
      resourceRef: POD,
      field: { path: 'spec.containers[0].image', currentValue: 'nginx:1' },
    },
    { message: 'cannot write https://[redacted]@host/x?[redacted]', severity: 'error' },
  ]);
});

test('what no rule finds has a result that says in what object it is', () => {
  const text = `${LIST}- apiVersion: e.io/v1\n  kind: Db\n  metadata: {name: db}\n  spec: {image: "a:1"}\n`;
  const input = inputOf(text);
  const [place] = parseManifest(input.file, { rules: NO_RULES, input: 'k8s' }).unmatched;
  assert.ok(place);
  const error = new RunError([{ message: `${formatPlace(place)}: no rule`, cause: 0, place }]);
  assert.deepEqual(failureResults(input, error), [
    {
      message: 'no rule',
      severity: 'error',
      resourceRef: { apiVersion: 'e.io/v1', kind: 'Db', name: 'db' },
      field: { path: 'spec.image', currentValue: 'a:1' },
    },
  ]);
});

test('what is no list at all is told too', () => {
  const place = { file: '<stdin>', document: 1, line: 1, column: 1 };
  const error = new AggregateError([new ManifestError(place, 'what is this'), new Error('b'), 'c']);
  assert.deepEqual(
    failureResults(inputOf('{', false), error).map(({ message }) => message),
    ['what is this', 'b', 'c'],
  );
});
