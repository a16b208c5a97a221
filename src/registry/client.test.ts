import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestClient } from '../../test/support/client.ts';
import { parseReference } from '../oci/index.ts';
import {
  buildImage,
  buildSchema1,
  type EmbeddedRegistry,
  type FaultRule,
  putImage,
  type RegistryOptions,
  startRegistry,
} from '../testing/index.ts';
import { RegistryError } from './errors.ts';

const IMAGE = buildImage();
const { digest: DIGEST } = IMAGE.root;

async function registryWith(options: RegistryOptions = {}): Promise<EmbeddedRegistry> {
  const registry = await startRegistry(options);
  putImage(registry.store, 'team/app', '1', IMAGE);
  return registry;
}

/** The requests of a registry as `METHOD status`, in order. */
function statuses(registry: EmbeddedRegistry): string[] {
  return registry.requests.map(({ kind, status }) => `${kind} ${status}`);
}

function headers(set: Readonly<Record<string, string | undefined>>, kind?: string): FaultRule {
  return { match: kind === undefined ? {} : { kind }, action: { kind: 'headers', set } };
}

async function failure(promise: Promise<unknown>): Promise<RegistryError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof RegistryError, String(error));
    return error;
  }
  throw new Error('it did not fail');
}

describe('resolve', () => {
  const cases: readonly {
    readonly name: string;
    readonly options?: RegistryOptions;
    readonly text?: string;
    readonly requests: readonly string[];
  }[] = [
    { name: 'a tag is one HEAD', requests: ['HEAD manifest 200'] },
    { name: 'a digest is one HEAD', text: `team/app@${DIGEST}`, requests: ['HEAD manifest 200'] },
    {
      name: 'a HEAD without digest is followed by GET',
      options: { features: { digestHeader: false } },
      requests: ['HEAD manifest 200', 'GET manifest 200'],
    },
    {
      name: 'a digest that is none counts as missing',
      options: { faults: [headers({ 'Docker-Content-Digest': 'sha256:12' }, 'HEAD manifest')] },
      requests: ['HEAD manifest 200', 'GET manifest 200'],
    },
    {
      name: 'a refused HEAD (405) is followed by GET',
      options: { features: { headManifest: false } },
      requests: ['HEAD manifest 405', 'GET manifest 200'],
    },
    {
      name: 'a HEAD that is not implemented (501) is followed by GET',
      options: { faults: [{ match: { method: 'HEAD' }, action: { kind: 'status', status: 501 } }] },
      requests: ['HEAD manifest 501', 'GET manifest 200'],
    },
    {
      name: 'a missing length is no matter',
      options: { faults: [{ match: {}, action: { kind: 'no-length' } }] },
      requests: ['HEAD manifest 200'],
    },
    {
      name: 'parameters of the content type are no matter',
      options: {
        features: { digestHeader: false },
        faults: [headers({ 'Content-Type': `${IMAGE.root.mediaType}; charset=utf-8` })],
      },
      requests: ['HEAD manifest 200', 'GET manifest 200'],
    },
    {
      name: 'a manifest that is cut off is asked for again',
      options: {
        features: { digestHeader: false },
        faults: [
          { match: { kind: 'GET manifest' }, times: 2, action: { kind: 'cut-response', afterBytes: 10 } },
        ],
      },
      requests: ['HEAD manifest 200', 'GET manifest 200', 'GET manifest 200', 'GET manifest 200'],
    },
  ];
  for (const { name, options, text = 'team/app:1', requests } of cases) {
    test(name, async () => {
      await using registry = await registryWith(options);
      using subject = new TestClient();
      assert.equal(await subject.digestOf(`${registry.host}/${text}`), DIGEST);
      assert.deepEqual(statuses(registry), requests);
    });
  }

  test('no such image is final with one request', async () => {
    await using registry = await registryWith();
    using subject = new TestClient();
    const error = await failure(subject.digestOf(`${registry.host}/team/app:2`));
    assert.equal(error.status, 404);
    assert.equal(
      error.message,
      `${registry.host}/team/app: cannot look up tag "2": 404 Not Found: there is no such image`,
    );
    assert.deepEqual(statuses(registry), ['HEAD manifest 404']);
  });

  test('another digest than the one asked for is refused, by header and by content', async () => {
    const other = `sha256:${'1'.repeat(64)}`;
    await using registry = await registryWith({ faults: [headers({ 'Docker-Content-Digest': other })] });
    using subject = new TestClient();
    const error = await failure(subject.digestOf(`${registry.host}/team/app@${DIGEST}`));
    assert.equal(
      error.message,
      `${registry.host}/team/app: cannot look up ${DIGEST}: the registry answered with ${other}`,
    );
    registry.faults.clear();
    registry.faults.add(headers({ 'Docker-Content-Digest': undefined }), {
      match: { kind: 'GET manifest' },
      action: { kind: 'corrupt', at: 3 },
    });
    const reason = (await failure(subject.digestOf(`${registry.host}/team/app@${DIGEST}`))).message;
    assert.match(
      reason,
      new RegExp(`cannot look up ${DIGEST}: the registry answered with sha256:[0-9a-f]{64}$`),
    );
  });

  test('content that is not what its own header says is refused', async () => {
    await using registry = await registryWith({
      features: { headManifest: false },
      faults: [{ match: { kind: 'GET manifest' }, action: { kind: 'corrupt', at: 3 } }],
    });
    using subject = new TestClient();
    const error = await failure(subject.digestOf(`${registry.host}/team/app:1`));
    assert.match(error.message, new RegExp(`answered with sha256:[0-9a-f]{64}, which it calls ${DIGEST}$`));
  });

  test('a content type that the manifest itself denies is refused', async () => {
    await using registry = await registryWith({
      features: { headManifest: false },
      faults: [headers({ 'Content-Type': 'application/vnd.oci.image.index.v1+json' }, 'GET manifest')],
    });
    using subject = new TestClient();
    const error = await failure(subject.digestOf(`${registry.host}/team/app:1`));
    assert.match(error.message, /the manifest calls itself application\/vnd\.oci\.image\.manifest\.v1\+json/);
  });

  test('schema 1 resolves by the digest that the registry tells', async () => {
    await using registry = await registryWith({ features: { headManifest: false } });
    const old = buildSchema1('team/old', '1');
    putImage(registry.store, 'team/old', '1', old);
    using subject = new TestClient();
    assert.equal(await subject.digestOf(`${registry.host}/team/old:1`), old.root.digest);
  });

  test('a manifest that is too long is refused', async () => {
    await using registry = await registryWith({ features: { headManifest: false } });
    registry.store.putManifest(
      'team/app',
      { mediaType: IMAGE.root.mediaType, bytes: Buffer.alloc(9 << 20, 32) },
      ['huge'],
    );
    using subject = new TestClient();
    const error = await failure(subject.digestOf(`${registry.host}/team/app:huge`));
    assert.match(error.message, /cannot look up tag "huge": the answer is longer than 8388608 bytes$/);
  });
});

describe('errors', () => {
  test("a HEAD that is refused is asked again by GET for the registry's own words", async () => {
    await using registry = await registryWith();
    registry.faults.add({
      match: {},
      action: { kind: 'status', status: 403, code: 'DENIED', message: 'your plan has ended' },
    });
    using subject = new TestClient();
    const error = await failure(subject.digestOf(`${registry.host}/team/app:1`));
    assert.equal(
      error.message,
      `${registry.host}/team/app: cannot look up tag "1": 403 Forbidden: DENIED: your plan has ended`,
    );
    assert.deepEqual(error.codes, ['DENIED']);
    assert.deepEqual(statuses(registry), ['HEAD manifest 403', 'GET manifest 403']);
  });

  test('a target that refuses to be read counts as absent, with one request', async () => {
    await using registry = await registryWith();
    registry.faults.add({ match: {}, action: { kind: 'status', status: 403, code: 'DENIED' } });
    using subject = new TestClient();
    const reference = parseReference(`${registry.host}/team/app:1`);
    assert.equal(await subject.client.lookUpTarget(reference, { push: true }, subject.signal), undefined);
    assert.deepEqual(statuses(registry), ['HEAD manifest 403']);
  });
});
