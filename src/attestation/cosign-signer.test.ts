import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RegistryError } from '../registry/index.ts';
import { buildImage, cosignTag, putImage } from '../testing/index.ts';
import { AttestationError, type AttestationSubject } from './attester.ts';
import { CosignSigner } from './cosign-signer.ts';
import { P256, TEST_PASSWORD } from './test-cosign-keys.ts';
import { SIGNED_IMAGE, type SigningWorld, withSigningWorld } from './test-signing-world.ts';

function signerOf({ test: { client } }: SigningWorld, password = TEST_PASSWORD): CosignSigner {
  return new CosignSigner({ client, name: 'release.key', keyText: P256.keyText, password });
}

test('signs both ways, and what lacks one way is not present', async () => {
  await withSigningWorld({}, async (world) => {
    const {
      registry,
      subject,
      test: { signal },
    } = world;
    const signer = signerOf(world);
    assert.equal(signer.name, 'cosign key release.key');
    await signer.open(signal);
    assert.equal(await signer.attest(subject, signal), 'attested');
    assert.equal(await signer.attest(subject, signal), 'present');
    registry.store.deleteTag('team/app', cosignTag(SIGNED_IMAGE.root.digest));
    assert.equal(await signer.attest(subject, signal), 'attested');
    for (const { digest, parsed } of registry.store.manifests('team/app')) {
      if (parsed?.kind === 'image' && parsed.subject) registry.store.deleteManifest('team/app', digest);
    }
    assert.equal(await signer.attest(subject, signal), 'attested');
    assert.equal(await signer.attest(subject, signal), 'present');
  });
});

test('of an index the index is signed, and nothing below it', async () => {
  await withSigningWorld({}, async (world) => {
    const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
    const image = buildImage({ platforms });
    const { store } = world.registry;
    putImage(store, 'team/multi', '1', image);
    const signer = signerOf(world);
    const { signal } = world.test;
    await signer.open(signal);
    const repository = { ...world.subject.repository, path: 'team/multi' };
    await signer.attest({ repository, digest: image.root.digest }, signal);
    assert.deepEqual(store.tags('team/multi'), ['1', cosignTag(image.root.digest)]);
    const subjects = store.manifests('team/multi').flatMap(({ parsed }) => {
      return parsed?.kind === 'image' && parsed.subject ? [parsed.subject.digest] : [];
    });
    assert.deepEqual(subjects, [image.root.digest]);
  });
});

async function failure(signing: Promise<unknown>): Promise<AttestationError> {
  const outcome = await signing.then(
    () => assert.fail('it did not fail'),
    (error: unknown) => error,
  );
  assert(outcome instanceof AttestationError);
  return outcome;
}

describe('fails', () => {
  test('to open with another password, and does not say which', async () => {
    await withSigningWorld({}, async (world) => {
      const error = await failure(signerOf(world, 'hunter2').open(world.test.signal));
      assert.equal(error.message, 'the password in COSIGN_PASSWORD does not open it');
    });
  });

  test('at a digest that cosign does not know, without a request', async () => {
    await withSigningWorld({}, async (world) => {
      const signer = signerOf(world);
      await signer.open(world.test.signal);
      const subject: AttestationSubject = { ...world.subject, digest: `sha512:${'a'.repeat(128)}` };
      const error = await failure(signer.attest(subject, world.test.signal));
      assert.equal(
        error.message,
        `${world.registry.host}/team/app@${subject.digest}: cosign key release.key cannot sign it`,
      );
      assert.deepEqual(error.cause, new AttestationError('cosign knows digests of sha256 only'));
      assert.deepEqual(world.registry.requests, []);
    });
  });

  for (const [form, path] of [
    ['the tag', /\/manifests\/sha256-/],
    ['the bundle', /\/manifests\/sha256:/],
  ] as const) {
    test(`when the registry refuses ${form}, in the registry’s words`, async () => {
      const action = { kind: 'status', status: 403, code: 'DENIED', message: 'read only' } as const;
      const faults = [{ match: { kind: 'PUT manifest', path }, action }];
      await withSigningWorld({ faults }, async (world) => {
        const signer = signerOf(world);
        await signer.open(world.test.signal);
        const error = await failure(signer.attest(world.subject, world.test.signal));
        assert(error.cause instanceof RegistryError);
        assert.match(error.cause.message, /: 403 Forbidden: DENIED: read only/);
      });
    });
  }

  test('with the signal’s reason when it is ended', async () => {
    const ended = new AbortController();
    const options = {
      faults: [{ match: { kind: 'GET referrers' }, action: { kind: 'delay', ms: 1 } as const }],
      sleep: async () => ended.abort(new Error('enough')),
    };
    await withSigningWorld(options, async (world) => {
      const signer = signerOf(world);
      await signer.open(ended.signal);
      await assert.rejects(signer.attest(world.subject, ended.signal), new Error('enough'));
      await assert.rejects(signer.open(ended.signal), new Error('enough'));
    });
  });
});
