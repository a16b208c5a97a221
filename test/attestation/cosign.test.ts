import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { bundleManifest, signBundle } from '../../src/attestation/bundle.ts';
import { CosignKey } from '../../src/attestation/cosign-key.ts';
import { decryptKeyFile } from '../../src/attestation/cosign-key-file.ts';
import { CosignSigner } from '../../src/attestation/index.ts';
import { signedPayload, withSignature } from '../../src/attestation/signature-tag.ts';
import {
  ED25519,
  P256,
  P384,
  RSA2048,
  TEST_PASSWORD,
  type TestKey,
} from '../../src/attestation/test-cosign-keys.ts';
import { digestOf, formatReference, MEDIA_TYPE, parseReference, referenceTo } from '../../src/oci/index.ts';
import { buildImage, cosignTag, putImage, startRegistry } from '../../src/testing/index.ts';
import { TestClient, TestCopy } from '../support/client.ts';
import { PLATFORMS } from '../support/copying.ts';
import { startDockerRegistry } from '../support/docker-registry.ts';
import type { Outcome } from '../support/processes.ts';
import { requireTool } from '../support/tools.ts';
import { CosignProgram, type Form, STATEMENT } from './cosign-program.ts';

const FORMS: readonly Form[] = ['tag', 'bundle'];
const IMAGE = buildImage({ platforms: PLATFORMS });
const OTHER = buildImage({ layers: [{ seed: 9, size: 100 }] });

/** A registry with two images in `team/app`, the real cosign, and a client of ours. */
interface World {
  readonly host: string;
  readonly cosign: CosignProgram;
  readonly subject: TestClient;
  /** The first image by its digest, in a repository. */
  readonly image: string;
  readonly other: string;
}

const REGISTRIES = ['the embedded registry', "Debian's registry, which lists no referrers"] as const;

async function withWorld(
  t: TestContext,
  registry: (typeof REGISTRIES)[number],
  body: (world: World) => Promise<void>,
): Promise<void> {
  const program = await requireTool(t, 'cosign');
  if (program === undefined) return;
  await using cosign = await CosignProgram.create(program);
  await using embedded = await startRegistry();
  using subject = new TestClient();
  const inEmbedded = async (host: string): Promise<void> => {
    await body({ host, cosign, subject, image: name(host, IMAGE), other: name(host, OTHER) });
  };
  putImage(embedded.store, 'team/app', '1', IMAGE);
  putImage(embedded.store, 'team/app', '2', OTHER);
  if (registry === 'the embedded registry') {
    await inEmbedded(embedded.host);
    return;
  }
  const debian = await requireTool(t, 'docker-registry');
  if (debian === undefined) return;
  await using started = await startDockerRegistry(debian);
  const copy = new TestCopy(subject);
  for (const tag of ['1', '2']) {
    await copy.copy(`${embedded.host}/team/app:${tag}`, `${started.host}/team/app:${tag}`);
  }
  await inEmbedded(started.host);
}

function name(host: string, { root: { digest } }: typeof IMAGE): string {
  return formatReference(referenceTo({ registry: host, path: 'team/app' }, { digest }));
}

/** Signs with a key as a run does. */
async function attest({ subject }: World, image: string, { keyText }: TestKey): Promise<string> {
  const { client, signal } = subject;
  const signer = new CosignSigner({ client, name: 'test.key', keyText, password: TEST_PASSWORD });
  await signer.open(signal);
  const { repository, digest } = parseReference(image);
  assert(digest !== undefined);
  return await signer.attest({ repository, digest }, signal);
}

/** The layers of the image's signature tag. */
async function countSignatures({ subject, image }: World): Promise<number> {
  const { repository, digest } = parseReference(image);
  assert(digest !== undefined);
  const wanted = { tag: cosignTag(digest), digest: undefined };
  const found = await subject.client.targetReader(repository).manifest(wanted, subject.signal);
  assert(found?.manifest.kind === 'image');
  return found.manifest.layers.length;
}

/** Attaches to the other image what is attached to the first. */
async function moveSignatures({ host, subject: { client, signal } }: World): Promise<void> {
  const repository = { registry: host, path: 'team/app' };
  const reader = client.targetReader(repository);
  const signed = await reader.manifest({ tag: cosignTag(IMAGE.root.digest), digest: undefined }, signal);
  assert(signed);
  await client.push(referenceTo(repository, { tag: cosignTag(OTHER.root.digest) }), signed, [], signal);
  const [referrer] = await client.referrers(repository, IMAGE.root.digest, signal);
  assert(referrer);
  const bundle = await reader.manifest({ tag: undefined, digest: referrer.digest }, signal);
  const { mediaType, digest, bytes: content } = OTHER.root;
  const subject = { mediaType, size: content.length, digest };
  const bytes = Buffer.from(JSON.stringify({ ...JSON.parse(textOf(bundle?.bytes ?? Buffer.of())), subject }));
  const manifest = { bytes, mediaType: MEDIA_TYPE.ociManifest, digest: digestOf(bytes) };
  await client.push(referenceTo(repository, {}), manifest, [], signal);
}

function assertUnverified({ code, stderr }: Outcome): void {
  assert.notEqual(code, 0);
  assert.match(stderr, /^Error: no (?:matching (?:signatures|attestations): |signatures found)/m);
}

for (const registry of REGISTRIES) {
  describe(`cosign and ${registry}`, () => {
    test('finds good what we sign, in both forms', async (t) => {
      await withWorld(t, registry, async (world) => {
        assert.equal(await attest(world, world.image, P256), 'attested');
        for (const form of FORMS) {
          const { code, stderr, statements } = await world.cosign.verify(world.image, P256, form);
          assert.equal(code, 0, stderr);
          assert.deepEqual(statements, [STATEMENT[form]]);
        }
        assert.equal(await attest(world, world.image, P256), 'present');
        assert.equal(await countSignatures(world), 1);
      });
    });

    test('finds nothing good with another key, nor of another image', async (t) => {
      await withWorld(t, registry, async (world) => {
        await attest(world, world.image, P256);
        for (const form of FORMS) {
          assertUnverified(await world.cosign.verify(world.image, RSA2048, form));
          assertUnverified(await world.cosign.verify(world.other, P256, form));
        }
      });
    });

    test('a signature that was moved to another image counts for nothing', async (t) => {
      await withWorld(t, registry, async (world) => {
        await attest(world, world.image, P256);
        await moveSignatures(world);
        for (const form of FORMS) assertUnverified(await world.cosign.verify(world.other, P256, form));
        assert.equal(await attest(world, world.other, P256), 'attested');
        for (const form of FORMS) {
          const { statements } = await world.cosign.verify(world.other, P256, form);
          assert.deepEqual(statements, [STATEMENT[form]]);
        }
      });
    });

    test('what it signed itself is there already', async (t) => {
      await withWorld(t, registry, async (world) => {
        for (const form of FORMS) await world.cosign.sign(world.image, P256, form);
        assert.equal(await attest(world, world.image, P256), 'present');
        assert.equal(await attest(world, world.other, P256), 'attested');
      });
    });

    for (const form of FORMS) {
      test(`where it signed by ${form} alone, the other form is added`, async (t) => {
        await withWorld(t, registry, async (world) => {
          await world.cosign.sign(world.image, P256, form);
          assert.equal(await attest(world, world.image, P256), 'attested');
          for (const each of FORMS) {
            const { statements } = await world.cosign.verify(world.image, P256, each);
            assert.deepEqual(statements, [STATEMENT[each]]);
          }
        });
      });
    }

    test('signatures of others stay, and ours stays when others sign', async (t) => {
      await withWorld(t, registry, async (world) => {
        const { cosign, image } = world;
        for (const form of FORMS) await cosign.sign(image, RSA2048, form);
        assert.equal(await attest(world, image, P256), 'attested');
        for (const form of FORMS) await cosign.sign(image, P384, form);
        for (const form of FORMS) {
          assert.deepEqual((await cosign.verify(image, RSA2048, form)).statements, [STATEMENT[form]]);
          assert.deepEqual((await cosign.verify(image, P256, form)).statements, [STATEMENT[form]]);
        }
        assert.equal(await countSignatures(world), 3);
        // It looks for what is there already, too.
        await cosign.sign(image, P256, 'tag');
        assert.equal(await countSignatures(world), 3);
      });
    });
  });
}

describe('cosign verifies with', () => {
  for (const [what, key, flags] of [
    ['RSA', RSA2048, []],
    ['Ed25519', ED25519, []],
    ['ECDSA on P-384, when told the hash', P384, ['--signature-digest-algorithm=sha384']],
  ] as const) {
    test(what, async (t) => {
      await withWorld(t, 'the embedded registry', async (world) => {
        await attest(world, world.image, key);
        for (const form of FORMS) {
          const { code, stderr } = await world.cosign.verify(world.image, key, form, flags);
          assert.equal(code, 0, stderr);
        }
      });
    });
  }
});

test('what we store is what cosign stores, but for the time and the spaces', async (t) => {
  await withWorld(
    t,
    'the embedded registry',
    async ({ host, cosign, image, subject: { client, signal } }) => {
      for (const form of FORMS) await cosign.sign(image, RSA2048, form);
      const subject = { repository: { registry: host, path: 'team/app' }, digest: IMAGE.root.digest };
      // One text has one signature by RSA PKCS #1 v1.5, so that whole manifests can be compared.
      const key = new CosignKey(await decryptKeyFile(RSA2048.keyText, TEST_PASSWORD));
      const reader = client.targetReader(subject.repository);
      const fetch = async (wanted: Parameters<typeof reader.manifest>[0]) => {
        const found = await reader.manifest(wanted, signal);
        assert(found?.manifest.kind === 'image');
        const { config, layers } = found.manifest;
        const blobs = await Promise.all([config, ...layers].map((blob) => reader.blob(blob, 10_000, signal)));
        return { manifest: textOf(found.bytes), blobs: blobs.map(textOf) };
      };

      const payload = signedPayload(subject);
      const signed = withSignature(undefined, payload, key.sign(payload));
      assert.deepEqual(await fetch({ tag: cosignTag(subject.digest), digest: undefined }), {
        manifest: textOf(signed.manifest),
        blobs: [textOf(signed.config), textOf(payload)],
      });

      const [referrer] = await client.referrers(subject.repository, subject.digest, signal);
      assert(referrer);
      const { manifest, blobs } = await fetch({ tag: undefined, digest: referrer.digest });
      const bundle = blobs[1] ?? '';
      const described = {
        mediaType: IMAGE.root.mediaType,
        size: IMAGE.root.bytes.length,
        digest: subject.digest,
      };
      assert.equal(
        manifest.replace(/,"org.opencontainers.image.created":"[^"]*"/, ''),
        textOf(bundleManifest(Buffer.from(bundle), described)),
      );
      assert.deepEqual(spread(bundle), spread(textOf(signBundle(subject.digest, key))));
    },
  );
});

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

/** A bundle and what is stated in it, both without spaces, and without the signature, which spaces change. */
function spread(bundle: string): readonly string[] {
  const { dsseEnvelope, ...rest } = JSON.parse(bundle);
  const { payload, signatures, ...envelope } = dsseEnvelope;
  const statement = JSON.parse(Buffer.from(payload, 'base64').toString());
  return [rest, envelope, statement, Object.keys(signatures[0])].map((part) => JSON.stringify(part));
}
