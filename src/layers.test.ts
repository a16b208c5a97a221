import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';

/** Which room may enter which; nothing else may be imported across folders. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  cli: [
    'reimage',
    'manifest',
    'exporter',
    'exposition',
    'kubernetes',
    'vulnerability',
    'attestation',
    'google',
    'credentials',
    'registry',
    'process',
    'http',
    'oci',
    'go',
  ],
  reimage: ['vulnerability', 'attestation', 'manifest', 'registry', 'http', 'yaml', 'oci', 'go'],
  vulnerability: ['google', 'process', 'http', 'yaml', 'oci', 'go'],
  attestation: ['google', 'registry', 'oci'],
  google: ['credentials', 'http'],
  exporter: ['exposition', 'lookups', 'kubernetes', 'credentials', 'registry', 'http', 'oci'],
  lookups: ['kubernetes', 'registry', 'http', 'oci'],
  manifest: ['kubernetes', 'yaml', 'go'],
  credentials: ['registry', 'process', 'http', 'oci'],
  registry: ['http', 'oci'],
  kubernetes: ['process', 'http', 'yaml'],
  testing: ['oci'],
  exposition: ['http'],
  process: [],
  http: [],
  yaml: [],
  oci: [],
  go: [],
};

/** What runs is reached from these. */
const PROGRAMS = ['cli/reimage.ts', 'cli/container-image-exporter.ts'];

/** Doubles, helpers and shared cases: for tests alone, and as free as these in what they import. */
const TEST_HELPER = /(?:^|\/)(?:fake|test)-[^/]+$|-cases\.ts$/;

/** Doors besides a room's index. */
const EXTRA_DOORS = ['kubernetes/workloads.ts', 'go/quote.ts'];

/** Every package sits behind the one file that owns it. */
const PACKAGE_OWNERS: Readonly<Record<string, string>> = {
  'js-yaml': 'yaml/yaml.ts',
  re2js: 'go/regexp.ts',
  'json-p3': 'manifest/json-path.ts',
  'smol-toml': 'registry/registries-conf.ts',
  'tar-stream': 'reimage/mapping-image.ts',
  pino: 'cli/log.ts',
  '@aws-sdk/client-ecr': 'credentials/ecr-sdk.ts',
  '@aws-sdk/client-ecr-public': 'credentials/ecr-public-sdk.ts',
  '@aws-sdk/credential-providers': 'credentials/aws-identity-sdk.ts',
  '@azure/identity': 'credentials/azure-sdk.ts',
  'google-auth-library': 'credentials/google-sdk.ts',
  '@noble/ciphers/salsa.js': 'attestation/secret-box.ts',
  '@kubernetes/client-node': 'kubernetes/official-config.ts',
};

const root = import.meta.dirname;

interface Import {
  readonly file: string;
  readonly specifier: string;
}

/** All files that are not for tests, relative to `src`. */
function productFiles(): string[] {
  return globSync('**/*.ts', { cwd: root }).filter(
    (path) => !path.endsWith('.test.ts') && !TEST_HELPER.test(path),
  );
}

function imports(): Import[] {
  const found: Import[] = [];
  for (const path of productFiles()) {
    const text = readFileSync(join(root, path), 'utf8');
    for (const match of text.matchAll(
      /(?:^|\n)(?:import|export)\b[^'";]*from '([^']+)'|\bimport\('([^']+)'\)|(?:^|\n)import '([^']+)'/g,
    )) {
      found.push({ file: path, specifier: match[1] ?? match[2] ?? match[3] ?? '' });
    }
  }
  return found;
}

/** The file that an import within `src` means, relative to it. */
function targetOf({ file, specifier }: Import): string {
  return relative(root, resolve(root, dirname(file), specifier));
}

test('imports go downward only, and into a room by its door', () => {
  const faults: string[] = [];
  for (const { file, specifier } of imports()) {
    if (!specifier.startsWith('.')) continue;
    const target = targetOf({ file, specifier });
    const [from = '', to = ''] = [file.split('/')[0], target.split('/')[0]];
    if (from === to) continue;
    if (!DOORS[from]?.includes(to)) faults.push(`${file} imports ${target}: ${from} may not enter ${to}`);
    else if (target !== `${to}/index.ts` && !EXTRA_DOORS.includes(target))
      faults.push(`${file} imports ${target}, past the door`);
  }
  assert.deepEqual(faults, []);
});

test('no room may enter one that it does not', () => {
  const used = new Set(
    imports()
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map((found) => `${found.file.split('/')[0]} → ${targetOf(found).split('/')[0]}`),
  );
  const allowed = Object.entries(DOORS).flatMap(([from, rooms]) => rooms.map((to) => `${from} → ${to}`));
  assert.deepEqual(
    allowed.filter((arrow) => !used.has(arrow)),
    [],
  );
});

test('what is for tests alone is named so, and no product file imports it', () => {
  const targets = imports()
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map((found) => ({ file: found.file, target: targetOf(found) }));
  assert.deepEqual(
    targets.filter(({ target }) => TEST_HELPER.test(target)),
    [],
  );
  const reached = new Set([...PROGRAMS, 'testing/index.ts']);
  // A set hands out what is added to it while it is gone through.
  for (const path of reached) {
    for (const { file, target } of targets) if (file === path) reached.add(target);
  }
  assert.deepEqual(
    productFiles().filter((path) => !reached.has(path)),
    [],
  );
});

test('a package is imported only by the file that owns it', () => {
  const faults = imports()
    .filter(({ specifier }) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
    .filter(({ file, specifier }) => PACKAGE_OWNERS[specifier] !== file)
    .map(({ file, specifier }) => `${file} imports ${specifier}`);
  assert.deepEqual(faults, []);
});

test('every room has its place in the list of doors', () => {
  const rooms = new Set(globSync('*/', { cwd: root }).map((path) => path.replace(/\/$/, '')));
  const strangers = [...rooms].filter((room) => DOORS[room] === undefined);
  assert.deepEqual(strangers, []);
});
