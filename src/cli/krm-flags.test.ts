import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonValue } from '../manifest/index.ts';
import { UsageError } from './go-flags.ts';
import { parseFunctionFlags } from './krm-flags.ts';
import { REIMAGE_FLAGS } from './reimage-flags.ts';

const DEFINITIONS = {
  input: { type: 'string', default: 'k8s', help: '' },
  f: { type: 'strings', default: [], help: '' },
  plan: { type: 'boolean', default: false, help: '' },
  path: { type: 'string', default: '', help: '', aliases: ['remote-path'] },
  list: { type: 'strings', default: [], help: '' },
  clobber: { type: 'boolean', default: false, help: '' },
  jobs: { type: 'integer', default: 32, help: '' },
  limit: { type: 'float', default: 0, help: '' },
  ignore: { type: 'string', default: '', help: '' },
  'vulncheck-max-cvss': { type: 'float', default: 0, help: '' },
  'log-file': { type: 'string', default: '', help: '' },
} as const;

function ours(spec: JsonValue): JsonValue {
  return { apiVersion: 'tallyman/v1alpha1', kind: 'Reimage', metadata: { name: 'x' }, spec };
}

function map(data: JsonValue): JsonValue {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'function-input' }, data };
}

test('flags come from the command line and from the functionConfig', () => {
  const cases: readonly {
    readonly argv?: readonly string[];
    readonly config: JsonValue | undefined;
    readonly values: Readonly<Record<string, unknown>>;
  }[] = [
    { config: undefined, values: {} },
    { config: null, values: {} },
    { config: {}, values: {} },
    { config: ours(null), values: {} },
    { config: map({}), values: {} },
    {
      config: map({ path: 'r/x=y', clobber: 'true', jobs: '4', limit: '7.5' }),
      values: { path: 'r/x=y', clobber: true, jobs: 4, limit: 7.5 },
    },
    {
      config: ours({ 'remote-path': 'r', clobber: true, jobs: 4, limit: 7.5, list: ['a', 'b,c'] }),
      values: { path: 'r', clobber: true, jobs: 4, limit: 7.5, list: ['a', 'b,c'] },
    },
    {
      argv: ['-path', 'a', '-jobs', '9'],
      config: ours({ list: ['1', '2'], clobber: false, limit: 0 }),
      values: { path: 'a', list: ['1', '2'], clobber: false, jobs: 9 },
    },
    {
      config: ours({ list: [], ignore: 'x', 'vulncheck-max-cvss': 7 }),
      values: { list: [], ignore: 'x', 'vulncheck-max-cvss': 7 },
    },
  ];
  for (const { argv = [], config, values } of cases) {
    const parsed = parseFunctionFlags(DEFINITIONS, ['-input', 'krm', ...argv], config);
    const defaults = {
      ignore: '',
      'vulncheck-max-cvss': 0,
      'log-file': '',
      input: 'krm',
      f: [],
      plan: false,
      path: '',
      list: [],
      clobber: false,
      jobs: 32,
      limit: 0,
    };
    assert.deepEqual(parsed.values, { ...defaults, ...values });
    assert.deepEqual(parsed.rest, []);
  }
});

test('what would take the force from flags of the command line is refused', () => {
  const cases = [
    ['allow-missing', ['-static-mappings-file', 'm'], 'static-json-mappings-file'],
    ['ignore', ['-fail-on-unmatched'], 'fail-on-unmatched'],
    ['rules-config', ['-fail-on-unmatched'], 'fail-on-unmatched'],
  ] as const;
  for (const [name, argv, other] of cases) {
    const message = `functionConfig: -${name} would loosen -${other} of the command line of the function`;
    const config = ours({ [name]: name === 'allow-missing' ? true : 'x' });
    assert.throws(() => parseFunctionFlags(REIMAGE_FLAGS, argv, config), new UsageError(message));
    parseFunctionFlags(REIMAGE_FLAGS, [], config);
  }
});

test('what is no flag of a function is refused', () => {
  const cases: readonly (readonly [config: JsonValue, argv: readonly string[], message: string])[] = [
    [map({ nope: 'x' }), [], 'functionConfig: flag provided but not defined: -nope'],
    [map({ jobs: 'x' }), [], 'functionConfig: invalid value "x" for flag -jobs: parse error'],
    [
      ours({ clobber: 'maybe' }),
      [],
      'functionConfig: invalid boolean value "maybe" for -clobber: parse error',
    ],
    [ours({ '': 'x' }), [], 'functionConfig: bad flag syntax: -=x'],
    [ours({ input: 'k8s' }), [], 'functionConfig: -input makes no sense in a function'],
    [ours({ help: true }), [], 'functionConfig: -h makes no sense in a function'],
    [ours({ f: ['a.yaml'] }), [], 'functionConfig: -f makes no sense in a function'],
    [ours({}), ['-plan'], '-plan makes no sense in a function'],
    [ours({ path: ['a', 'b'] }), [], 'functionConfig: -path can be given only once'],
    [ours({ path: 'a', 'remote-path': 'b' }), [], 'functionConfig: -path can be given only once'],
    [ours({ list: '1', '-list': '2' }), [], 'functionConfig: -list can be given only once'],
    [
      ours({ 'remote-path': 'b' }),
      ['-path', 'a'],
      'functionConfig: -path is on the command line of the function, which decides',
    ],
    [
      ours({ list: '2' }),
      ['-list=1'],
      'functionConfig: -list is on the command line of the function, which decides',
    ],
    [
      ours({ 'log-file': 'x' }),
      [],
      'functionConfig: -log-file writes a file: only the command line of the function can give it',
    ],
    [
      ours({ ignore: '.' }),
      ['-vulncheck-max-cvss', '7'],
      'functionConfig: -ignore would change the gate that the command line of the function sets up',
    ],
    [
      ours({ path: { a: 'b' } }),
      [],
      'functionConfig: the value of path must be a text, a number, true or false, or a list of them',
    ],
    [
      ours({ list: ['a', null] }),
      [],
      'functionConfig: the value of list must be a text, a number, true or false, or a list of them',
    ],
    [ours('text'), [], 'functionConfig: spec must have flags by name'],
    [map(['a']), [], 'functionConfig: data must have flags by name'],
    ['text', [], 'functionConfig is no object'],
    [
      { apiVersion: 'v1', kind: 'Secret' },
      [],
      'functionConfig is "Secret" of "v1", not a ConfigMap or Reimage of tallyman/v1alpha1',
    ],
  ];
  for (const [config, argv, message] of cases) {
    assert.throws(() => parseFunctionFlags(DEFINITIONS, argv, config), new UsageError(message));
  }
});

test('a functionConfig cannot run programs, write files or read the environment', () => {
  const refused = Object.entries(REIMAGE_FLAGS).flatMap(([name, { type }]) => {
    const value = type === 'string' || type === 'strings' ? 'x' : '1';
    try {
      parseFunctionFlags(REIMAGE_FLAGS, ['-input', 'krm'], ours({ [name]: value }));
      return [];
    } catch (error) {
      const isRefused = error instanceof UsageError && /only the command line/.test(error.message);
      return isRefused ? [name] : [];
    }
  });
  assert.deepEqual(refused.toSorted(), [
    'log-file',
    'registries-conf',
    'vulncheck-command',
    'vulncheck-report-output',
    'vulncheck-report-template',
    'write-images-lock-file',
    'write-json-mappings-file',
    'write-kbld-lock-file',
  ]);
});

test('an argument that is no flag is left to be refused, whatever the functionConfig adds', () => {
  const { rest, values } = parseFunctionFlags(DEFINITIONS, ['x.yaml'], ours({ jobs: 1 }));
  assert.deepEqual(rest, ['x.yaml']);
  assert.equal(values.jobs, 32);
});
