import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeEnvironment } from '../http/fake-environment.ts';
import { ConfigError, loadRegistriesConf, type RegistriesConf } from './registries-conf.ts';

const SYSTEM = '/etc/containers/registries.conf';
const USER = '/home/me/.config/containers/registries.conf';

async function load(text: string): Promise<RegistriesConf> {
  return await loadRegistriesConf(fakeEnvironment({ files: { '/r.conf': text } }), { path: '/r.conf' });
}

test('no file is an empty configuration', async () => {
  assert.deepEqual(await loadRegistriesConf(fakeEnvironment()), {
    registries: [],
    credentialHelpers: ['containers-auth.json'],
  });
});

test('every key is read, defaults are filled in, short names are left alone', async () => {
  const conf = await load(`
unqualified-search-registries = ["docker.io"]
short-name-mode = "enforcing"
credential-helpers = ["pass", "containers-auth.json"]
[aliases]
"nginx" = "example.com/nginx"
[[registry]]
location = "quay.io/"
insecure = true
[[registry]]
prefix = "docker.io/library"
location = "mirror.example.com:5000/hub"
blocked = true
[[registry.mirror]]
location = "a.example.com"
[[registry.mirror]]
location = "b.example.com/x/"
insecure = true
pull-from-mirror = "tag-only"
[[registry]]
prefix = "*.example.com"
mirror-by-digest-only = true
[[registry.mirror]]
location = "c.example.com"
`);
  assert.deepEqual(conf, {
    registries: [
      {
        prefix: '*.example.com',
        location: undefined,
        insecure: false,
        blocked: false,
        mirrors: [{ location: 'c.example.com', insecure: false, use: 'digest-only' }],
        file: '/r.conf',
      },
      {
        prefix: 'docker.io/library',
        location: 'mirror.example.com:5000/hub',
        insecure: false,
        blocked: true,
        mirrors: [
          { location: 'a.example.com', insecure: false, use: 'all' },
          { location: 'b.example.com/x', insecure: true, use: 'tag-only' },
        ],
        file: '/r.conf',
      },
      {
        prefix: 'quay.io',
        location: 'quay.io',
        insecure: true,
        blocked: false,
        mirrors: [],
        file: '/r.conf',
      },
    ],
    credentialHelpers: ['pass', 'containers-auth.json'],
  });
});

/** A file whose only rule tells where it came from. */
function rule(name: string): string {
  return `[[registry]]\nlocation = "${name}"\n`;
}

const places: readonly {
  readonly name: string;
  readonly files: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly read: readonly string[];
}[] = [
  { name: 'the system alone', files: [SYSTEM], read: [SYSTEM] },
  {
    name: 'the system with both folders of drop-ins',
    files: [SYSTEM, `${SYSTEM}.d/b.conf`, `${SYSTEM}.d/notes.txt`, `${USER}.d/a.conf`],
    read: [SYSTEM, `${SYSTEM}.d/b.conf`, `${USER}.d/a.conf`],
  },
  { name: 'drop-ins without a file', files: [`${SYSTEM}.d/a.conf`], read: [`${SYSTEM}.d/a.conf`] },
  {
    name: "the user's file shuts out the system's",
    files: [SYSTEM, `${SYSTEM}.d/b.conf`, USER, `${USER}.d/a.conf`],
    read: [USER, `${USER}.d/a.conf`],
  },
  {
    name: 'the file of the variable alone',
    files: [SYSTEM, USER, `${USER}.d/a.conf`, '/named'],
    variables: { CONTAINERS_REGISTRIES_CONF: '/named' },
    read: ['/named'],
  },
  {
    name: 'the file of the option alone',
    files: [SYSTEM, '/named', '/flag', `${SYSTEM}.d/b.conf`],
    variables: { CONTAINERS_REGISTRIES_CONF: '/named' },
    path: '/flag',
    read: ['/flag'],
  },
];

for (const { name, files, variables = {}, path, read } of places) {
  test(`files: ${name}`, async () => {
    const contents = Object.fromEntries(files.map((file) => [file, rule(`host.example.com${file}`)]));
    const environment = fakeEnvironment({ files: contents, variables });
    const conf = await loadRegistriesConf(environment, path === undefined ? {} : { path });
    assert.deepEqual(conf.registries.map(({ file }) => file).toSorted(), [...read].toSorted());
  });
}

test('a later file replaces the rule of the same prefix and the helpers, a second rule in one file is ignored', async () => {
  const files = {
    [SYSTEM]: `credential-helpers = ["pass"]\n${rule('a.example.com')}`,
    [`${SYSTEM}.d/1.conf`]: `credential-helpers = ["gcr"]\n[[registry]]\nlocation = "a.example.com"\ninsecure = true\n`,
    [`${SYSTEM}.d/2.conf`]: `[[registry]]\nprefix = "b.example.com"\nlocation = "x.example.com"\n[[registry]]\nprefix = "b.example.com"\nlocation = "y.example.com"\n`,
  };
  const conf = await loadRegistriesConf(fakeEnvironment({ files }));
  assert.deepEqual(
    conf.registries.map(({ prefix, location, insecure }) => [prefix, location, insecure]),
    [
      ['a.example.com', 'a.example.com', true],
      ['b.example.com', 'x.example.com', false],
    ],
  );
  assert.deepEqual(conf.credentialHelpers, ['gcr']);
});

const mirror = '[[registry]]\nlocation = "a.io"\n[[registry.mirror]]\n';
const faults: readonly [name: string, text: string, message: string][] = [
  ['TOML', 'a = 1\nb = = 2\n', '/r.conf, line 2, column 5: not valid TOML: invalid value'],
  [
    'version 1',
    '[registries.search]\nregistries = ["docker.io"]\n',
    '/r.conf: "registries" is version 1 of the format; write a [[registry]] table with location, insecure or blocked for each registry',
  ],
  [
    'nothing named',
    '[[registry]]\ninsecure = true\n',
    '/r.conf: "registry[1].prefix" and "location" are both missing',
  ],
  [
    'no location',
    `${rule('a.io')}[[registry]]\nprefix = "b.io"\n`,
    '/r.conf: "registry[2].location" is missing; only a prefix like *.example.com can do without',
  ],
  [
    'URL',
    rule('https://a.io'),
    '/r.conf: "registry[1].location" "https://a.io" is a URL; write it without the scheme',
  ],
  [
    'wildcard with path',
    '[[registry]]\nprefix = "*.a.io/x"\n',
    '/r.conf: "registry[1].prefix" "*.a.io/x" has more than a host after its wildcard; write *.example.com',
  ],
  ['type', '[[registry]]\nlocation = 1\n', '/r.conf: "registry[1].location" is not a string'],
  ['flag', `${rule('a.io')}insecure = "yes"\n`, '/r.conf: "registry[1].insecure" is neither true nor false'],
  [
    'table',
    '[registry]\nlocation = "a.io"\n',
    '/r.conf: "registry" is not a list of tables; write [[registry]]',
  ],
  ['list', 'registry = ["a.io"]\n', '/r.conf: "registry" is not a list of tables; write [[registry]]'],
  [
    'mirror table',
    `${rule('a.io')}mirror = "b.io"\n`,
    '/r.conf: "registry[1].mirror" is not a list of tables; write [[registry.mirror]]',
  ],
  ['helpers', 'credential-helpers = "pass"\n', '/r.conf: "credential-helpers" is not a list of strings'],
  ['mirror', `${mirror}insecure = true\n`, '/r.conf: "registry[1].mirror[1].location" is missing'],
  [
    'mirror use',
    `${mirror}location = "b.io"\npull-from-mirror = "never"\n`,
    '/r.conf: "registry[1].mirror[1].pull-from-mirror" is "never"; allowed are all, digest-only and tag-only',
  ],
  [
    'mirror use twice',
    '[[registry]]\nlocation = "a.io"\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation = "b.io"\npull-from-mirror = "all"\n',
    '/r.conf: "registry[1].mirror[1].pull-from-mirror" cannot be used together with mirror-by-digest-only',
  ],
  [
    'mirror use of a registry',
    `${rule('a.io')}pull-from-mirror = "all"\n`,
    '/r.conf: "registry[1].pull-from-mirror" belongs into [[registry.mirror]]',
  ],
  [
    'conflict',
    '[[registry]]\nprefix = "b.io"\nlocation = "a.io"\nblocked = true\n[[registry]]\nlocation = "a.io"\n',
    '/r.conf: "a.io" is given twice, with different values of "blocked"',
  ],
  [
    'moved tag',
    '[[registry]]\nprefix = "a.io:5000/x:1"\nlocation = "b.io/x"\n',
    '/r.conf: "registry[1].prefix" "a.io:5000/x:1" has a tag or digest, so it cannot be moved or mirrored',
  ],
];

for (const [name, text, message] of faults) {
  test(`refused: ${name}`, async () => {
    await assert.rejects(load(text), new ConfigError(message));
  });
}

test('a named file must exist and be readable', async () => {
  const variables = { CONTAINERS_REGISTRIES_CONF: '/named' };
  await assert.rejects(
    loadRegistriesConf(fakeEnvironment({ variables })),
    new ConfigError('/named, named by CONTAINERS_REGISTRIES_CONF, does not exist'),
  );
  await assert.rejects(
    loadRegistriesConf(fakeEnvironment(), { path: '/flag' }),
    new ConfigError('/flag does not exist'),
  );
  const cause = new Error('permission denied');
  await assert.rejects(
    loadRegistriesConf(fakeEnvironment({ files: { '/flag': cause } }), { path: '/flag' }),
    { name: 'ConfigError', message: '/flag cannot be read', cause },
  );
});

test('an empty list of helpers is the default', async () => {
  assert.deepEqual((await load('credential-helpers = []\n')).credentialHelpers, ['containers-auth.json']);
});
