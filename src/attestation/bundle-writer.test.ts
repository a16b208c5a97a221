import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Digest, digestOf, MEDIA_TYPE } from '../oci/index.ts';
import { buildArtifact, buildIndex, descriptorOf, putImage, referrersTag } from '../testing/index.ts';
import { AttestationError } from './attester.ts';
import { BUNDLE_TYPE, bundleManifest, signBundle } from './bundle.ts';
import { BundleWriter } from './bundle-writer.ts';
import {
  newKey,
  OTHER_IMAGE,
  SIGNED_IMAGE,
  type SigningWorld,
  withSigningWorld,
} from './test-signing-world.ts';

const [OURS, THEIRS] = [newKey(), newKey()];
const SUBJECT = descriptorOf(SIGNED_IMAGE);
/** The manifest of our bundle: it is the same whenever it is made. */
const ATTACHED = digestOf(bundleManifest(signBundle(SIGNED_IMAGE.root.digest, OURS), SUBJECT));

function sign({ test: { client, signal }, subject }: SigningWorld, key = OURS): Promise<string> {
  return new BundleWriter(client).sign(subject, key, signal);
}

async function referrers({ test: { client, signal }, subject }: SigningWorld): Promise<readonly Digest[]> {
  const found = await client.referrers(subject.repository, subject.digest, signal);
  return found.map(({ digest }) => digest);
}

for (const api of [true, false]) {
  describe(api ? 'where the registry lists referrers' : 'where a tag lists them', () => {
    const options = { features: { referrers: api } };

    test('attaches one bundle, and finds it the next time', async () => {
      await withSigningWorld(options, async (world) => {
        assert.equal(await sign(world), 'attested');
        assert.deepEqual(await referrers(world), [ATTACHED]);
        const tag = world.registry.store.manifest('team/app', referrersTag(SIGNED_IMAGE.root.digest));
        assert.equal(tag === undefined, api);
        world.registry.reset();
        assert.equal(await sign(world), 'present');
        const list = api ? { 'GET referrers': 1, 'GET manifest': 1 } : { 'GET manifest': 2 };
        assert.deepEqual(world.registry.counts(), { ...list, 'GET blob': 1 });
      });
    });

    test('keys do not stand in for each other, at the same moment or later', async () => {
      await withSigningWorld(options, async (world) => {
        await Promise.all([sign(world), sign(world, THEIRS)]);
        assert.equal((await referrers(world)).length, 2);
        assert.deepEqual([await sign(world), await sign(world, THEIRS)], ['present', 'present']);
        assert.equal(await sign(world, newKey()), 'attested');
      });
    });
  });
}

test('what else refers to the image is passed over', async () => {
  await withSigningWorld({}, async (world) => {
    const { store } = world.registry;
    const put = (artifactType: string, content: string, predicate?: string): void => {
      const annotations = predicate ? { 'dev.sigstore.bundle.predicateType': predicate } : {};
      putImage(
        store,
        'team/app',
        undefined,
        buildArtifact({ subject: SUBJECT, artifactType, content, annotations }),
      );
    };
    const good = signBundle(SIGNED_IMAGE.root.digest, OURS).toString();
    put('application/x-sbom', good);
    put(BUNDLE_TYPE, good, 'https://slsa.dev/provenance/v1');
    put(BUNDLE_TYPE, 'no JSON');
    put(BUNDLE_TYPE, `"${'x'.repeat(1024 * 1024)}"`);
    const gone = buildArtifact({ subject: SUBJECT, artifactType: BUNDLE_TYPE, content: 'gone' });
    store.putManifest('team/app', gone.root);
    assert.equal(await sign(world), 'attested');
    put('application/vnd.dev.sigstore.bundle+json;version=0.4', good);
    assert.equal(await sign(world), 'present');
  });
});

test('a bundle of another image does not count, though it refers to this one', async () => {
  await withSigningWorld({}, async (world) => {
    const content = signBundle(OTHER_IMAGE.root.digest, OURS).toString();
    const moved = buildArtifact({ subject: SUBJECT, artifactType: BUNDLE_TYPE, content });
    putImage(world.registry.store, 'team/app', undefined, moved);
    assert.equal(await sign(world), 'attested');
  });
});

describe('a list that somebody else writes over', () => {
  const list = referrersTag(SIGNED_IMAGE.root.digest);
  /** Empties the list before the registry shows it, from its third showing on: when we look whether we are in it. */
  function emptied(times: { readonly times?: number }): Parameters<typeof withSigningWorld>[0] & {
    world?: SigningWorld;
  } {
    const match = { kind: 'GET manifest', path: new RegExp(`/${list}$`) };
    const options: ReturnType<typeof emptied> = {
      features: { referrers: false },
      faults: [{ match, after: 2, ...times, action: { kind: 'delay', ms: 1 } }],
      sleep: async () => {
        const { bytes } = buildIndex([]).root;
        options.world?.registry.store.putManifest('team/app', { bytes, mediaType: MEDIA_TYPE.ociIndex }, [
          list,
        ]);
      },
    };
    return options;
  }

  test('once: we are put in again', async () => {
    const options = emptied({ times: 1 });
    await withSigningWorld(options, async (world) => {
      options.world = world;
      assert.equal(await sign(world), 'attested');
      assert.deepEqual(await referrers(world), [ATTACHED]);
    });
  });

  test('for ever: that is a failure', async () => {
    const options = emptied({});
    await withSigningWorld(options, async (world) => {
      options.world = world;
      await assert.rejects(
        sign(world),
        new AttestationError(
          'the registry took the bundle and does not list it among what refers to the image',
        ),
      );
    });
  });
});

test('an image that is not there is not signed', async () => {
  await withSigningWorld({}, async ({ test: { client, signal }, subject }) => {
    const absent = { ...subject, digest: digestOf('nothing') };
    await assert.rejects(
      new BundleWriter(client).sign(absent, OURS, signal),
      new AttestationError('there is no such image to sign'),
    );
  });
});

test('a registry that does not say how long a manifest is is asked for it', async () => {
  const match = { kind: 'HEAD manifest' };
  const action = { kind: 'headers', set: { 'content-length': undefined } } as const;
  await withSigningWorld({ faults: [{ match, action }] }, async (world) => {
    assert.equal(await sign(world), 'attested');
    assert.deepEqual(await referrers(world), [ATTACHED]);
  });
});
