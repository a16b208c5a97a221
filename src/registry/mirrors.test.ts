import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fakeEnvironment } from '../http/fake-environment.ts';
import { formatRepository, parseReference } from '../oci/index.ts';
import { type Endpoint, type EndpointRequest, endpointsFor, RegistryBlockedError } from './mirrors.ts';
import { ConfigError, loadRegistriesConf } from './registries-conf.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;

async function endpoints(
  toml: string,
  image: string,
  purpose: EndpointRequest['purpose'] = 'pull',
): Promise<readonly Endpoint[]> {
  const environment = fakeEnvironment({ files: { '/r.conf': toml } });
  const conf = await loadRegistriesConf(environment, { path: '/r.conf' });
  const { repository, tag, digest } = parseReference(image);
  return endpointsFor(conf, repository, { tag, digest, purpose });
}

function show({ repository, insecure, mirror }: Endpoint): string {
  return `${formatRepository(repository)}${mirror ? ' mirror' : ''}${insecure ? ' insecure' : ''}`;
}

const HUB = `
[[registry]]
location = "docker.io"
[[registry.mirror]]
location = "mirror.example.com:5000/hub"
insecure = true
[[registry.mirror]]
location = "localhost:5001"
pull-from-mirror = "digest-only"
[[registry.mirror]]
location = "tags.example.com"
pull-from-mirror = "tag-only"
`;
const MOVED =
  '[[registry]]\nprefix = "example.com/foo"\nlocation = "internal.example.net/bar"\ninsecure = true\n';
const NESTED = `
[[registry]]
prefix = "example.com"
location = "short.example.net"
[[registry]]
prefix = "example.com/foo/bar"
location = "long.example.net"
[[registry]]
prefix = "example.com/foo"
location = "middle.example.net"
`;
const WILD = `
[[registry]]
prefix = "*.example.com"
insecure = true
[[registry]]
prefix = "*.b.example.com"
location = "moved.example.net/b"
`;
const DIGEST_ONLY = `
[[registry]]
location = "quay.io"
mirror-by-digest-only = true
[[registry.mirror]]
location = "mirror.example.com"
`;
const NEVER_SOURCE = `
[[registry]]
location = "quay.io"
blocked = true
[[registry.mirror]]
location = "mirror.example.com/quay"
`;
const TAGGED = '[[registry]]\nlocation = "quay.io/a/b:1"\ninsecure = true\n';

const cases: readonly [name: string, toml: string, image: string, expected: readonly string[]][] = [
  ['no rule', MOVED, 'quay.io/a/b', ['quay.io/a/b']],
  [
    'the normalised name',
    HUB,
    'alpine',
    [
      'mirror.example.com:5000/hub/library/alpine mirror insecure',
      'tags.example.com/library/alpine mirror',
      'docker.io/library/alpine',
    ],
  ],
  [
    'by digest',
    HUB,
    `grafana/grafana@${DIGEST}`,
    [
      'mirror.example.com:5000/hub/grafana/grafana mirror insecure',
      'localhost:5001/grafana/grafana mirror',
      'docker.io/grafana/grafana',
    ],
  ],
  [
    'by tag and digest',
    HUB,
    `grafana/grafana:1@${DIGEST}`,
    [
      'mirror.example.com:5000/hub/grafana/grafana mirror insecure',
      'localhost:5001/grafana/grafana mirror',
      'docker.io/grafana/grafana',
    ],
  ],
  ['moved', MOVED, 'example.com/foo/image:1', ['internal.example.net/bar/image insecure']],
  ['moved as a whole', MOVED, 'example.com/foo', ['internal.example.net/bar insecure']],
  ['a prefix ends at a slash', MOVED, 'example.com/foobar', ['example.com/foobar']],
  [
    'short names have library/',
    MOVED.replaceAll('example.com/foo', 'docker.io/alpine'),
    'alpine',
    ['docker.io/library/alpine'],
  ],
  ['longest prefix', NESTED, 'example.com/foo/bar/image', ['long.example.net/image']],
  ['middle prefix', NESTED, 'example.com/foo/barn', ['middle.example.net/barn']],
  ['shortest prefix', NESTED, 'example.com/x', ['short.example.net/x']],
  ['a look-alike host is another host', NESTED, 'example.com.evil.example/x', ['example.com.evil.example/x']],
  ['a host covers its ports', NESTED, 'example.com:5000/x', ['short.example.net:5000/x']],
  ['wildcard', WILD, 'a.example.com/x', ['a.example.com/x insecure']],
  ['wildcard with port', WILD, 'a.example.com:5000/x', ['a.example.com:5000/x insecure']],
  ['wildcard over several labels', WILD, 'c.a.example.com/x', ['c.a.example.com/x insecure']],
  ['wildcard needs a label', WILD, 'example.com/x', ['example.com/x']],
  ['wildcard needs a dot', WILD, 'badexample.com/x', ['badexample.com/x']],
  ['wildcard is at the end', WILD, 'a.example.com.evil.example/x', ['a.example.com.evil.example/x']],
  ['wildcard is in the host', WILD, 'quay.io/a.example.com/x', ['quay.io/a.example.com/x']],
  ['longer wildcard, moved', WILD, 'a.b.example.com/x/y', ['moved.example.net/b/x/y']],
  ['mirror by digest only: tag', DIGEST_ONLY, 'quay.io/a:1', ['quay.io/a']],
  [
    'mirror by digest only: digest',
    DIGEST_ONLY,
    `quay.io/a@${DIGEST}`,
    ['mirror.example.com/a mirror', 'quay.io/a'],
  ],
  ['blocked with a mirror', NEVER_SOURCE, 'quay.io/a', ['mirror.example.com/quay/a mirror']],
  ['prefix with tag', TAGGED, 'quay.io/a/b:1', ['quay.io/a/b insecure']],
  ['prefix with another tag', TAGGED, 'quay.io/a/b:12', ['quay.io/a/b']],
];

for (const [name, toml, image, expected] of cases) {
  test(`pull: ${name}`, async () => {
    assert.deepEqual((await endpoints(toml, image)).map(show), expected);
  });
}

test('pushes go to the name itself, insecure where its rule says so', async () => {
  assert.deepEqual((await endpoints(HUB, 'alpine', 'push')).map(show), ['docker.io/library/alpine']);
  assert.deepEqual((await endpoints(MOVED, 'example.com/foo/x', 'push')).map(show), [
    'example.com/foo/x insecure',
  ]);
  assert.deepEqual((await endpoints(MOVED, 'quay.io/x', 'push')).map(show), ['quay.io/x']);
});

test('a blocked registry is refused, for pulls without usable mirror and for pushes', async () => {
  const error = new RegistryBlockedError('quay.io/a: blocked by the registry "quay.io" in /r.conf');
  await assert.rejects(endpoints('[[registry]]\nlocation = "quay.io"\nblocked = true\n', 'quay.io/a'), error);
  await assert.rejects(endpoints(NEVER_SOURCE, 'quay.io/a', 'push'), error);
  const byDigest = `${NEVER_SOURCE}pull-from-mirror = "digest-only"\n`;
  await assert.rejects(endpoints(byDigest, 'quay.io/a:1'), error);
});

test('a mirror that another rule blocks is passed over', async () => {
  const toml = `${HUB}[[registry]]\nlocation = "mirror.example.com:5000"\nblocked = true\n`;
  assert.deepEqual((await endpoints(toml, 'alpine')).map(show), [
    'tags.example.com/library/alpine mirror',
    'docker.io/library/alpine',
  ]);
  const moved = `${MOVED}[[registry]]\nlocation = "internal.example.net"\nblocked = true\n`;
  await assert.rejects(
    endpoints(moved, 'example.com/foo/x'),
    new RegistryBlockedError('example.com/foo/x: blocked by the registry "internal.example.net" in /r.conf'),
  );
});

test('a location that makes no name is an error of the configuration', async () => {
  for (const location of [
    'mirror/cache',
    'mirror.io/Cache',
    'mirror.io/x:1',
    `mirror.io/x@${DIGEST}`,
    'a b.io',
  ]) {
    const toml = `[[registry]]\nprefix = "quay.io/a"\nlocation = "${location}"\n`;
    await assert.rejects(endpoints(toml, 'quay.io/a'), (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(error.message, `/r.conf: location "${location}" does not fit quay.io/a`);
      return true;
    });
  }
});

test('property: a moved repository keeps what follows the prefix', () => {
  const component = fc.stringMatching(/^[a-z0-9]{1,5}$/);
  const path = fc.array(component, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(path, path, path, (prefix, rest, location) => {
      const rule = {
        prefix: ['a.io', ...prefix].join('/'),
        location: ['b.io:5000', ...location].join('/'),
        insecure: false,
        blocked: false,
        mirrors: [],
        file: '/r.conf',
      };
      const conf = { registries: [rule], credentialHelpers: [] };
      const repository = { registry: 'a.io', path: [...prefix, ...rest].join('/') };
      assert.deepEqual(endpointsFor(conf, repository, { tag: 'x', purpose: 'pull' }), [
        {
          repository: { registry: 'b.io:5000', path: [...location, ...rest].join('/') },
          insecure: false,
          mirror: false,
        },
      ]);
    }),
  );
});
