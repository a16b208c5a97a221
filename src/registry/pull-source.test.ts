import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestClient, TestCopy } from '../../test/support/client.ts';
import { LARGE, missing } from '../../test/support/copying.ts';
import { parseReference } from '../oci/index.ts';
import {
  buildImage,
  type EmbeddedRegistry,
  type FaultAction,
  putImage,
  startRegistry,
} from '../testing/index.ts';
import type { Credential } from './keychain.ts';
import type { RegistryRule } from './registries-conf.ts';

const IMAGE = buildImage({ layers: [{ seed: 1, size: LARGE }] });
const ANN: Credential = { kind: 'basic', username: 'ann', password: 'secret' };

interface Setting {
  readonly primary: EmbeddedRegistry;
  readonly first: EmbeddedRegistry;
  readonly second: EmbeddedRegistry;
  readonly subject: TestClient;
  /** The name by which the image is known. */
  readonly name: string;
}

function rule(primary: EmbeddedRegistry, mirrors: readonly EmbeddedRegistry[]): RegistryRule {
  return {
    prefix: primary.host,
    location: primary.host,
    insecure: false,
    blocked: false,
    mirrors: mirrors.map(({ host }) => ({ location: `${host}/mirrored`, insecure: false, use: 'all' })),
    file: 'registries.conf',
  };
}

/** A registry that knows ann, and two mirrors of it that know nobody. */
async function withMirrors(body: (setting: Setting) => Promise<void>): Promise<void> {
  const users = [{ name: 'ann', password: 'secret' }];
  await using primary = await startRegistry({ auth: { kind: 'basic', users } });
  await using first = await startRegistry();
  await using second = await startRegistry();
  using subject = new TestClient({
    credentials: { [primary.host]: [ANN] },
    registries: [rule(primary, [first, second])],
  });
  await body({ primary, first, second, subject, name: `${primary.host}/team/app:1` });
}

/** The schemes of the credentials that a registry saw. */
function shown({ requests }: EmbeddedRegistry): string[] {
  return requests.map(({ authorization }) => authorization).filter((scheme) => scheme !== '');
}

async function answeredBy({ subject, name }: Setting): Promise<string> {
  const reference = parseReference(name);
  const found = await subject.client.resolve(reference, subject.signal);
  assert.equal(found.digest, IMAGE.root.digest);
  return found.answeredBy;
}

describe('mirrors', () => {
  test('the first that has the image answers, in their order, and then the registry', async () => {
    await withMirrors(async (setting) => {
      const { primary, first, second } = setting;
      putImage(primary.store, 'team/app', '1', IMAGE);
      assert.equal(await answeredBy(setting), primary.host);
      putImage(second.store, 'mirrored/team/app', '1', IMAGE);
      assert.equal(await answeredBy(setting), second.host);
      putImage(first.store, 'mirrored/team/app', '1', IMAGE);
      second.reset();
      assert.equal(await answeredBy(setting), first.host);
      assert.deepEqual(second.requests, []);
    });
  });

  const failures: readonly FaultAction[] = [
    { kind: 'status', status: 500 },
    { kind: 'status', status: 403 },
    { kind: 'cut-request', afterBytes: 0 },
    { kind: 'status', status: 429, headers: { 'Retry-After': '86400' } },
    { kind: 'redirect', to: 'ftp://r.example/' },
  ];
  for (const action of failures) {
    test(`one that fails is passed over: ${JSON.stringify(action)}`, async () => {
      await withMirrors(async (setting) => {
        putImage(setting.second.store, 'mirrored/team/app', '1', IMAGE);
        setting.first.faults.add({ match: {}, action });
        assert.equal(await answeredBy(setting), setting.second.host);
      });
    });
  }

  test('the last word has the registry', async () => {
    await withMirrors(async ({ primary, subject, name }) => {
      await assert.rejects(subject.digestOf(name), {
        message: `${primary.host}/team/app: cannot look up tag "1": 404 Not Found: there is no such image`,
      });
    });
  });

  test('see no credentials of the registry', async () => {
    await withMirrors(async (setting) => {
      const { primary, first, second } = setting;
      putImage(primary.store, 'team/app', '1', IMAGE);
      await answeredBy(setting);
      assert.deepEqual(shown(primary), ['basic']);
      assert.deepEqual([...shown(first), ...shown(second)], []);
      assert.deepEqual(
        setting.subject.asked.map(({ registry }) => registry),
        [primary.host],
        'nobody even looks for credentials that a mirror does not ask for',
      );
    });
  });

  test('give what a copy takes; what they lack comes from the next', async () => {
    await withMirrors(async ({ primary, first, second, subject, name }) => {
      await using target = await startRegistry();
      putImage(primary.store, 'team/app', '1', IMAGE);
      putImage(first.store, 'mirrored/team/app', '1', IMAGE);
      const [config] = IMAGE.blobs;
      assert.ok(config);
      first.store.deleteBlob('mirrored/team/app', config.digest);
      await new TestCopy(subject, { referrers: false }).copy(name, `${target.host}/x:1`);
      assert.deepEqual(missing(target, 'x', '1', IMAGE), []);
      assert.equal(second.counts()['GET blob'], 1);
      assert.equal(primary.counts()['GET blob'], 1);
    });
  });

  test('get nothing that is pushed', async () => {
    await withMirrors(async ({ primary, first, second, subject, name }) => {
      const blobs = IMAGE.blobs.map(({ bytes }) => bytes);
      await subject.client.push(parseReference(name), IMAGE.root, blobs, subject.signal);
      assert.deepEqual(missing(primary, 'team/app', '1', IMAGE), []);
      assert.equal(first.requests.length + second.requests.length, 0);
    });
  });

  test('are not asked what the registry itself holds', async () => {
    await withMirrors(async ({ primary, first, second, subject: { client, signal }, name }) => {
      putImage(first.store, 'mirrored/team/app', '1', IMAGE);
      const { repository } = parseReference(name);
      const reader = client.targetReader(repository);
      assert.equal(await reader.resolve({ tag: '1', digest: undefined }, signal), undefined);
      assert.deepEqual(await client.referrers(repository, IMAGE.root.digest, signal), []);
      assert.equal(first.requests.length + second.requests.length, 0);
      assert.ok(primary.requests.length > 0);
    });
  });
});
