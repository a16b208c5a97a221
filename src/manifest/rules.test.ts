import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RulesError } from './errors.ts';
import { NO_RULES, parseRules } from './rules.ts';

function matches(text: string, apiVersion: string, kind: string): readonly string[] {
  const { typed } = parseRules(text, 'rules.yaml');
  return typed
    .filter((rule) => rule.matches({ apiVersion, kind }))
    .flatMap(({ paths }) => paths.map((path) => path.text));
}

test('the documented example is read', () => {
  const text = `
- kind: ^Prometheus$                     # Regexp matching the k8s Kind of objects
  apiVersion: ^monitoring.coreos.com/v1$ # Regexp matching APIVersion of objects
  imageJSONP:
  - "$.spec.image"                       # JSONP queries that match image fields of a type
`;
  assert.deepEqual(matches(text, 'monitoring.coreos.com/v1', 'Prometheus'), ['$.spec.image']);
  assert.deepEqual(matches(text, 'monitoring.coreos.com/v1alpha1', 'Prometheus'), []);
  assert.deepEqual(matches(text, 'monitoring.coreos.com/v1', 'PrometheusRule'), []);
});

test('expressions match anywhere, one left out everything, all rules that match apply', () => {
  const text =
    '[{kind: a, imageJSONP: [$.a]}, {apiVersion: (?i)V1, imageJSONP: [$.b, $.c]}, {imageJSONP: [$.d]}]';
  assert.deepEqual(matches(text, 'v1', 'DaemonSet'), ['$.a', '$.b', '$.c', '$.d']);
  assert.deepEqual(matches(text, 'v2', 'Job'), ['$.d']);
});

test('rules for plain YAML are apart', () => {
  const { typed, raw } = parseRules(
    '[{"kind": "raw", "imageJSONP": ["$.a"]}, {"kind": "Raw", "imageJSONP": ["$.b"]}, {"kind": "^Raw$", "imageJSONP": ["$.c"]}]',
    'rules.json',
  );
  assert.deepEqual(
    raw.map(({ text }) => text),
    ['$.a', '$.b'],
  );
  assert.equal(typed.length, 1);
});

test('a file without rules has none', () => {
  for (const text of ['', '# nothing\n', '---\n', '[]', 'null'])
    assert.deepEqual(parseRules(text, 'r'), NO_RULES);
});

test('what cannot be used is refused with its place and rule', () => {
  const cases: Readonly<Record<string, string>> = {
    'a: b: c': 'r.yaml:1:5: bad indentation of a mapping entry',
    'kind: x': 'r.yaml:1:1: a rules file holds a list of rules',
    '[]\n---\n[]\n': 'r.yaml:3:1: a rules file holds one document',
    '- text': 'r.yaml:1:3: rule 1 is no mapping with kind, apiVersion and imageJSONP',
    '- kind: x\n  imageJsonPath: [$.a]':
      'r.yaml:2:3: rule 1 has the key "imageJsonPath"; a rule has only kind, apiVersion and imageJSONP',
    '- kind: x': 'r.yaml:1:3: imageJSONP of rule 1 is no list of JSONPaths',
    '- kind: x\n  imageJSONP: $.a': 'r.yaml:2:15: imageJSONP of rule 1 is no list of JSONPaths',
    '- {imageJSONP: [$.a]}\n- imageJSONP: [1]': 'r.yaml:2:16: a JSONPath of rule 2 is number, not a string',
    '- {kind: [x], imageJSONP: [$.a]}': 'r.yaml:1:10: kind of rule 1 is sequence, not a string',
    '- {kind: "a(", imageJSONP: [$.a]}':
      'r.yaml:1:10: kind of rule 1: error parsing regexp: missing closing ): `a(`',
    '- imageJSONP: [$.a]\n  apiVersion: (?=x)':
      'r.yaml:2:15: apiVersion of rule 1: error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
    '- kind: a\n  kind: b\n  imageJSONP: [$.a]': 'r.yaml:2:3: the key "kind" is here a second time',
  };
  for (const [text, message] of Object.entries(cases)) {
    assert.throws(() => parseRules(text, 'r.yaml'), { name: 'RulesError', message });
  }
  assert.throws(
    () => parseRules('- imageJSONP:\n  - $.a\n  - .spec.image\n', 'r.yaml'),
    (error) =>
      error instanceof RulesError &&
      error.message.startsWith('r.yaml:3:5: JSONPath .spec.image of rule 1: ') &&
      error.message.endsWith('; in RFC 9535 it is spelled $.spec.image'),
  );
});
