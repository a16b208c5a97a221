import {
  type Descriptor,
  type Digest,
  digestAlgorithm,
  digestHex,
  digestOf,
  MEDIA_TYPE,
} from '../oci/index.ts';
import { blobOf, type BuiltImage, buildManifest } from './image-parts.ts';

const EMPTY_CONFIG = blobOf(Buffer.from('{}'));

/** An artifact that refers to a subject, as `oras attach` and cosign 3 push it (image specification 1.1, "Guidelines for Artifact Usage"). */
export function buildArtifact({
  subject,
  artifactType,
  content,
  annotations,
}: {
  readonly subject?: Descriptor;
  readonly artifactType: string;
  readonly content: string;
  readonly annotations?: Readonly<Record<string, string>>;
}): BuiltImage {
  const layer = blobOf(Buffer.from(content));
  const root = buildManifest(MEDIA_TYPE.ociManifest, {
    artifactType,
    config: { mediaType: MEDIA_TYPE.ociEmpty, digest: EMPTY_CONFIG.digest, size: EMPTY_CONFIG.bytes.length },
    layers: [{ mediaType: artifactType, digest: layer.digest, size: layer.bytes.length }],
    subject,
    annotations,
  });
  return { root, manifests: [root], blobs: [EMPTY_CONFIG, layer] };
}

/** A signature image of cosign 2, to be put under `cosignTag`. */
export function buildCosignSignature(signed: Digest): BuiltImage {
  const payload = blobOf(
    Buffer.from(
      JSON.stringify({
        critical: {
          identity: {},
          image: { 'docker-manifest-digest': signed },
          type: 'cosign container image signature',
        },
      }),
    ),
  );
  const config = blobOf(
    Buffer.from(JSON.stringify({ rootfs: { type: 'layers', diff_ids: [payload.digest] } })),
  );
  const root = buildManifest(MEDIA_TYPE.ociManifest, {
    config: { mediaType: MEDIA_TYPE.ociConfig, digest: config.digest, size: config.bytes.length },
    layers: [
      {
        mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
        digest: payload.digest,
        size: payload.bytes.length,
        annotations: { 'dev.cosignproject.cosign/signature': 'bm90IGEgc2lnbmF0dXJl' },
      },
    ],
  });
  return { root, manifests: [root], blobs: [config, payload] };
}

/** `sha256-<hex>.sig`, where cosign 2 puts what belongs to a digest. */
export function cosignTag(digest: Digest, suffix: 'sig' | 'att' | 'sbom' = 'sig'): string {
  return `${digestAlgorithm(digest)}-${digestHex(digest)}.${suffix}`;
}

/** The tag of the referrers of a digest on registries without that API (distribution specification, "Referrers Tag Schema"). */
export function referrersTag(digest: Digest): string {
  return `${digestAlgorithm(digest)}-${digestHex(digest).slice(0, 64)}`;
}

/** A signed manifest of Docker's schema 1: its digest is that of the payload without the signatures. */
export function buildSchema1(name: string, tag: string): BuiltImage {
  const head = `{\n   "schemaVersion": 1,\n   "name": ${JSON.stringify(name)},\n   "tag": ${JSON.stringify(tag)},\n   "architecture": "amd64",\n   "fsLayers": [],\n   "history": []`;
  const tail = '\n}';
  const protectedHeader = Buffer.from(
    JSON.stringify({ formatLength: head.length, formatTail: Buffer.from(tail).toString('base64url') }),
  ).toString('base64url');
  const signatures = `,\n   "signatures": [{"header":{"alg":"ES256"},"signature":"c2ln","protected":"${protectedHeader}"}]`;
  const root = {
    digest: digestOf(head + tail),
    mediaType: MEDIA_TYPE.schema1Signed,
    bytes: Buffer.from(head + signatures + tail),
  };
  return { root, manifests: [root], blobs: [] };
}
