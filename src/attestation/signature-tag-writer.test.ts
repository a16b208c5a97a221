import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { digestOf, MEDIA_TYPE } from '../oci/index.ts';
import { RegistryError } from '../registry/index.ts';
import { buildIndex, cosignTag, type FaultRule, putImage } from '../testing/index.ts';
import { AttestationError } from './attester.ts';
import { signedPayload, withSignature } from './signature-tag.ts';
import { SignatureTagWriter } from './signature-tag-writer.ts';
import {
  newKey,
  OTHER_IMAGE,
  SIGNED_IMAGE,
  type SigningWorld,
  withSigningWorld,
} from './test-signing-world.ts';

const TAG = cosignTag(SIGNED_IMAGE.root.digest);
const SIGNATURE = 'dev.cosignproject.cosign/signature';
const [OURS, THEIRS] = [newKey(), newKey()];

/** Puts into the store what another key signs, and nothing else under the tag. */
function overwrite({ registry, subject }: Pick<SigningWorld, 'registry' | 'subject'>): void {
  const payload = signedPayload(subject);
  const image = withSignature(undefined, payload, THEIRS.sign(payload));
  registry.store.putBlob('team/app', image.config);
  registry.store.putBlob('team/app', payload);
  registry.store.putManifest('team/app', { bytes: image.manifest, mediaType: MEDIA_TYPE.ociManifest }, [TAG]);
}

/** Whose signatures the tag has, in order. */
function signers({ registry, subject }: SigningWorld): string[] {
  const manifest = registry.store.manifest('team/app', TAG)?.parsed;
  assert(manifest?.kind === 'image');
  return manifest.layers.map(({ annotations }) => {
    const signature = Buffer.from(annotations?.[SIGNATURE] ?? '', 'base64');
    if (OURS.verify(signedPayload(subject), signature)) return 'ours';
    return THEIRS.verify(signedPayload(subject), signature) ? 'theirs' : 'nobody’s';
  });
}

function sign({ test: { client, signal }, subject }: SigningWorld, key = OURS): Promise<string> {
  return new SignatureTagWriter(client).sign(subject, key, signal);
}

/** Calls `hook` in the middle of requests for the tag. */
function hooked(
  rule: Pick<FaultRule, 'after' | 'times'> & { readonly kind: string },
  hook: () => void,
): Parameters<typeof withSigningWorld>[0] {
  const { kind, ...counts } = rule;
  return {
    faults: [{ match: { kind, path: /\.sig/ }, ...counts, action: { kind: 'delay', ms: 1 } }],
    sleep: async () => hook(),
  };
}

test('signs once: the second time nothing is sent but a question', async () => {
  await withSigningWorld({}, async (world) => {
    assert.equal(await sign(world), 'attested');
    const { bytes } = world.registry.store.manifest('team/app', TAG) ?? {};
    const payload = signedPayload(world.subject);
    assert.deepEqual(
      Buffer.from(bytes ?? []),
      Buffer.from(withSignature(undefined, payload, OURS.sign(payload)).manifest),
    );
    world.registry.reset();
    assert.equal(await sign(world), 'present');
    assert.deepEqual(world.registry.counts(), { 'GET manifest': 1 });
  });
});

test('a signature over more than is asked for is read, and counts', async () => {
  await withSigningWorld({}, async (world) => {
    const { store } = world.registry;
    const payload = Buffer.from(signedPayload(world.subject).toString().replace('null', '{"by":"ci"}'));
    const image = withSignature(undefined, payload, OURS.sign(payload));
    store.putBlob('team/app', image.config);
    store.putBlob('team/app', payload);
    store.putManifest('team/app', { bytes: image.manifest, mediaType: MEDIA_TYPE.ociManifest }, [TAG]);
    assert.equal(await sign(world), 'present');
    const match = { kind: 'GET blob', path: new RegExp(digestOf(payload)) };
    world.registry.faults.add({ match, action: { kind: 'status', status: 404 } });
    assert.equal(await sign(world), 'attested', 'what cannot be read is no signature');
    assert.deepEqual(signers(world), ['nobody’s', 'ours']);
  });
});

test('a signature of another image does not count, though it is a good one', async () => {
  await withSigningWorld({}, async (world) => {
    const { client, signal } = world.test;
    await new SignatureTagWriter(client).sign(world.other, OURS, signal);
    const moved = world.registry.store.manifest('team/app', cosignTag(OTHER_IMAGE.root.digest));
    assert(moved);
    world.registry.store.putManifest('team/app', moved, [TAG]);
    assert.equal(await sign(world), 'attested');
    assert.deepEqual(signers(world), ['nobody’s', 'ours']);
  });
});

describe('somebody else signs at the same moment', () => {
  test('before our push: theirs is kept', async () => {
    let current: SigningWorld | undefined;
    const options = hooked({ kind: 'HEAD manifest', times: 1 }, () => current && overwrite(current));
    await withSigningWorld(options, async (world) => {
      current = world;
      assert.equal(await sign(world), 'attested');
      assert.deepEqual(signers(world), ['theirs', 'ours']);
    });
  });

  test('after our push, over it: ours is added again', async () => {
    let current: SigningWorld | undefined;
    const options = hooked({ kind: 'GET manifest', after: 1, times: 1 }, () => current && overwrite(current));
    await withSigningWorld(options, async (world) => {
      current = world;
      assert.equal(await sign(world), 'attested');
      assert.deepEqual(signers(world), ['theirs', 'ours']);
    });
  });

  test('again and again: that is a failure', async () => {
    let current: SigningWorld | undefined;
    const options = hooked({ kind: 'GET manifest', after: 1 }, () => current && overwrite(current));
    await withSigningWorld(options, async (world) => {
      current = world;
      await assert.rejects(
        sign(world),
        new AttestationError(`tag "${TAG}" loses the signature again and again: somebody else writes it`),
      );
    });
  });

  test('two of us, each with its key: both signatures are there', async () => {
    await withSigningWorld({}, async (world) => {
      assert.deepEqual(await Promise.all([sign(world), sign(world, THEIRS)]), ['attested', 'attested']);
      assert.deepEqual(signers(world).toSorted(), ['ours', 'theirs']);
    });
  });
});

function refusing(status: number, kind: string, times?: number): Parameters<typeof withSigningWorld>[0] {
  const action = { kind: 'status', status } as const;
  return { faults: [{ match: { kind, path: /\.sig/ }, ...(times ? { times } : {}), action }] };
}

describe('a registry', () => {
  for (const status of [401, 403]) {
    test(`that answers ${status} for a tag that is not there is written to`, async () => {
      await withSigningWorld(refusing(status, 'GET manifest', 1), async (world) => {
        assert.equal(await sign(world), 'attested');
        assert.deepEqual(signers(world), ['ours']);
      });
    });
  }

  for (const status of [401, 403]) {
    test(`that answers ${status} for everything keeps the signatures that it may have`, async () => {
      const action = { kind: 'status', status } as const;
      const faults = ['GET manifest', 'HEAD manifest'].map((kind) => ({ match: { kind }, action }));
      await withSigningWorld({ faults }, async (world) => {
        await assert.rejects(
          sign(world),
          (error) => error instanceof RegistryError && error.operation === `look up ${world.subject.digest}`,
        );
        assert.ok(world.registry.requests.every(({ method }) => method === 'GET' || method === 'HEAD'));
      });
    });
  }

  test('that refuses the push is a failure in its own words', async () => {
    await withSigningWorld(refusing(403, 'PUT manifest'), async (world) => {
      await assert.rejects(
        sign(world),
        (error) => error instanceof RegistryError && error.operation === `push manifest under tag "${TAG}"`,
      );
    });
  });

  test('that holds an index under the tag is left alone', async () => {
    await withSigningWorld({}, async (world) => {
      putImage(world.registry.store, 'team/app', TAG, buildIndex([{ image: SIGNED_IMAGE }]));
      await assert.rejects(
        sign(world),
        new AttestationError(`tag "${TAG}" holds an index and no signatures`),
      );
    });
  });
});
