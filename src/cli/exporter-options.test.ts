import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RESOURCES } from '../kubernetes/index.ts';
import { EXPORTER_FLAGS } from './exporter-flags.ts';
import { readExporterSettings } from './exporter-options.ts';
import { parseFlags, UsageError } from './go-flags.ts';

function settings(...argv: readonly string[]) {
  return readExporterSettings(parseFlags(EXPORTER_FLAGS, argv));
}

test('the defaults are those of the Go program, and of what it lacks the wider ones', () => {
  assert.deepEqual(settings(), {
    metricsAddress: ':8080',
    probeAddress: ':8081',
    kubeconfig: undefined,
    resources: RESOURCES,
    imageVolumes: true,
    pullSecrets: true,
    clouds: true,
    platform: { os: 'linux', architecture: 'amd64' },
    cacheDuration: 3_600_000,
    registriesConf: undefined,
    logLevel: 'info',
    logFormat: 'text',
  });
});

test('a flag has its value behind "=" or as the next word; a boolean behind "=" only', () => {
  const given = settings('--cache-duration', '90s', '--k8s-keychain=false', '-platform=linux/arm/v6');
  assert.equal(given.cacheDuration, 90_000);
  assert.equal(given.pullSecrets, false);
  assert.deepEqual(given.platform, { os: 'linux', architecture: 'arm', variant: 'v6' });
  assert.throws(() => settings('--k8s-keychain', 'false'), new UsageError('unexpected argument "false"'));
});

test('an empty platform is the first, and no duration the default', () => {
  assert.equal(settings('--platform=').platform, undefined);
  for (const duration of ['0', '-1h']) {
    assert.equal(settings(`--cache-duration=${duration}`).cacheDuration, 3_600_000);
  }
});

test('kinds are named by their plurals, in any order', () => {
  const names = settings('--resources=cronjobs, pods').resources.map(({ name }) => name);
  assert.deepEqual(names, ['pods', 'cronjobs']);
});

test('the usage names every kind', () => {
  for (const { name } of RESOURCES) assert.ok(EXPORTER_FLAGS.resources.help.includes(name), name);
});

describe('refused with the flag, the value and the reason', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['--resources=pods,nodes', /"pods,nodes" for flag -resources: "nodes" is not one of pods, /],
    ['--resources=', /for flag -resources: "" is not one of/],
    ['--platform=linux', /"linux" for flag -platform: /],
    ['--log-level=loud', /"loud" for flag -log-level: it is debug or info or warn or error/],
    ['--log-format=xml', /"xml" for flag -log-format: it is text or json/],
    ['--cache-duration=soon', /"soon" for flag -cache-duration: parse error/],
    ['--kube-config=x', /flag provided but not defined: -kube-config/],
  ];
  for (const [flag, message] of cases) {
    test(flag, () => {
      assert.throws(() => settings(flag), { name: 'UsageError', message });
    });
  }
});
