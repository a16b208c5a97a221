import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { parseReference } from '../oci/index.ts';
import { CredentialError } from './errors.ts';
import { pullCredentials } from './pull-keyring.ts';
import { type PullSecretEntry, parsePullSecret } from './pull-secret.ts';

interface Fixtures {
  readonly images: readonly string[];
  readonly lookups: readonly { readonly key: string; readonly images: readonly string[] }[];
  readonly rings: readonly {
    readonly secrets: readonly (readonly string[])[];
    readonly image: string;
    readonly users: readonly string[];
  }[];
  readonly objects: readonly {
    readonly type: string;
    readonly data: Readonly<Record<string, string>>;
    readonly pairs: readonly string[];
    readonly failed: boolean;
  }[];
}

const path = join(import.meta.dirname, '../../test/kubelet/fixtures.json');
const fixtures: Fixtures = JSON.parse(readFileSync(path, 'utf8'));

/** A secret in which each key has a user of its own: `PREFIX KEY`. */
function entries(keys: readonly string[], prefix = 'user'): readonly PullSecretEntry[] {
  const auths = Object.fromEntries(
    keys.map((key) => [key, { username: `${prefix} ${key}`, password: 'word' }]),
  );
  const data = { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') };
  return parsePullSecret({ type: 'kubernetes.io/dockerconfigjson', data }, 'secret team/pull');
}

function users(secret: readonly PullSecretEntry[], image: string): readonly string[] {
  return pullCredentials(secret, parseReference(image).repository).map((credential) =>
    credential.kind === 'basic' ? credential.username : credential.kind,
  );
}

suite("credentials of pull secrets, as the kubelet's own keyring offers them", () => {
  for (const { key, images } of fixtures.lookups) {
    test(`key ${JSON.stringify(key)}`, () => {
      const secret = entries([key]);
      const offered = fixtures.images.filter((image) => users(secret, image).length > 0);
      // To the kubelet the first of these is an image of Docker Hub.
      const isHubs = images.includes('localhost/app') && images.includes('docker.io/library/nginx');
      assert.deepEqual(offered, isHubs ? images.filter((image) => image !== 'localhost/app') : images);
    });
  }

  for (const { secrets, image, users: expected } of fixtures.rings) {
    test(`order of ${JSON.stringify(secrets)}`, () => {
      const all = secrets.flatMap((keys, index) => entries(keys, String(index)));
      assert.deepEqual(users(all, image), expected);
    });
  }

  for (const { type, data, pairs, failed } of fixtures.objects) {
    const text = Object.values(data).map((value) => Buffer.from(value, 'base64').toString());
    test(`Secret of type "${type}": ${Object.keys(data).join()} ${text.join()}`, () => {
      if (failed) {
        assert.throws(() => parsePullSecret({ type, data }, 'secret team/pull'), CredentialError);
        return;
      }
      const secret = parsePullSecret({ type, data }, 'secret team/pull');
      const found = pullCredentials(secret, parseReference('registry.example/a').repository);
      assert.deepEqual(
        found.map(
          (credential) => credential.kind === 'basic' && `${credential.username}:${credential.password}`,
        ),
        pairs,
      );
    });
  }
});

test('the equal keys of one secret stay in the order in which they are written', () => {
  const keys = ['registry.example/v2/', 'https://registry.example', 'registry.example'];
  assert.deepEqual(
    users(entries(keys), 'registry.example/a'),
    keys.map((key) => `user ${key}`),
  );
  assert.deepEqual(
    users(entries(keys.toReversed()), 'registry.example/a'),
    keys.toReversed().map((key) => `user ${key}`),
  );
});

test('a password never goes to a look-alike of its host', () => {
  const secret = entries(['r.example', 'https://r.example:5000/team', '*.cloud.example', 'index.docker.io']);
  for (const image of [
    'r.example.evil.test/a',
    'evil.test/r.example/a',
    'evilr.example/a',
    'rxexample.test/a',
    'sub.r.example/a',
    'r.example:444/a',
    'r.example:80/a',
    'r.example:5000/tea/m',
    'r.example:50000/team/a',
    'R.example/a',
    'cloud.example/a',
    'a.b.cloud.example/a',
    'x.cloud.example.evil.test/a',
    'evil-cloud.example/a',
    'a.cloud.example:443/a',
    'localhost/app',
    'localhost/index.docker.io/app',
    'index.docker.io.evil.test/library/nginx',
    'registry-1.docker.io/library/nginx',
  ]) {
    assert.deepEqual(users(secret, image), [], image);
  }
});

const label = fc.stringMatching(/^[a-z0-9]{1,4}$/);
const host = fc
  .tuple(label, label, fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }))
  .map(([name, zone, port]) => `${name}.${zone}${port === undefined ? '' : `:${port}`}`);
const below = fc.array(label, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));

test('property: a plain key is offered to its own host, at and below its path', () => {
  fc.assert(
    fc.property(host, below, below, host, (owner, namespace, rest, other) => {
      // Paths of keys are plain beginnings: `x` is for `x-x`, too.
      fc.pre(owner !== other && !/^v[12]\//.test(namespace) && !`x-${namespace}`.startsWith(namespace));
      const secret = entries([`${owner}/${namespace}`]);
      assert.equal(users(secret, `${owner}/${namespace}/${rest}`).length, 1);
      assert.equal(users(secret, `${owner}/${namespace}`).length, 1);
      assert.equal(users(secret, `${owner}/x-${namespace}/${rest}`).length, 0);
      assert.equal(users(secret, `${other}/${namespace}/${rest}`).length, 0);
    }),
  );
});

test('property: no key, whatever is in it, is offered to a host that it does not spell', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...Array.from('ab.:/@?#%[]\\v12 ')) }), (key) => {
      assert.deepEqual(users(entries([key]), 'registry.example:5000/a'), []);
    }),
    { numRuns: 300 },
  );
});

test('property: all that is offered is in order of its keys, longest first', () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray(['r.example', 'r.example/a', 'r.example/a/b', '*.example', 'r.*']),
      (keys) => {
        assert.deepEqual(
          users(entries(keys), 'r.example/a/b'),
          keys
            .toSorted()
            .toReversed()
            .map((key) => `user ${key}`),
        );
      },
    ),
  );
});
