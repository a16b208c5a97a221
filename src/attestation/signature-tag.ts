import { digestAlgorithm, type Digest, digestHex, digestOf, goRepository, MEDIA_TYPE } from '../oci/index.ts';
import type { AttestationSubject } from './attester.ts';
import { isJsonObject, type JsonObject, memberOf, parseJson } from './json-member.ts';

/** Media type of a layer that is what was signed. */
export const SIGNED_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';
/** The layer's annotation that is the signature, in base64. */
export const SIGNATURE_ANNOTATION = 'dev.cosignproject.cosign/signature';

const STATEMENT = 'cosign container image signature';
/** No time at all, as Go prints it: equal signatures make an equal image. */
const NO_TIME = '0001-01-01T00:00:00Z';

/** The tag of a digest's signatures: `sha256-<hex>.sig`. */
export function signatureTag(digest: Digest): string {
  return `${digestAlgorithm(digest)}-${digestHex(digest)}.sig`;
}

/**
 * What cosign signs (containers-signature, "Simple signing"), byte for byte.
 * https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 */
export function signedPayload({ repository, digest }: AttestationSubject): Buffer {
  const critical = {
    identity: { 'docker-reference': goRepository(repository) },
    image: { 'docker-manifest-digest': digest },
    type: STATEMENT,
  };
  return Buffer.from(JSON.stringify({ critical, optional: null }));
}

/** True for a payload that says of this repository and digest what `signedPayload` says, and maybe more. */
export function payloadSpeaksOf(payload: Uint8Array, { repository, digest }: AttestationSubject): boolean {
  const critical = memberOf(parseJson(payload), 'critical');
  return (
    memberOf(critical, 'identity', 'docker-reference') === goRepository(repository) &&
    memberOf(critical, 'image', 'docker-manifest-digest') === digest &&
    memberOf(critical, 'type') === STATEMENT
  );
}

/** The manifest and config of an image of signatures, as bytes. */
export interface SignatureImage {
  readonly manifest: Uint8Array;
  readonly config: Uint8Array;
}

/** The image with one signature more, all else as it was; a first one, as cosign begins it, where there is none. */
export function withSignature(
  image: SignatureImage | undefined,
  payload: Uint8Array,
  signature: Uint8Array,
): SignatureImage {
  const manifest = objectOf(image?.manifest) ?? EMPTY_MANIFEST;
  const config = configWith(image?.config, digestOf(payload));
  const layer = {
    mediaType: SIGNED_TYPE,
    size: payload.byteLength,
    digest: digestOf(payload),
    annotations: { [SIGNATURE_ANNOTATION]: Buffer.from(signature).toString('base64') },
  };
  const described = { size: config.byteLength, digest: digestOf(config) };
  const grown = {
    ...manifest,
    config: { ...objectAt(manifest, 'config'), ...described },
    layers: [...listAt(manifest, 'layers'), layer],
  };
  return { manifest: Buffer.from(JSON.stringify(grown)), config };
}

const EMPTY_MANIFEST: JsonObject = {
  schemaVersion: 2,
  mediaType: MEDIA_TYPE.ociManifest,
  config: { mediaType: MEDIA_TYPE.ociConfig },
};

const EMPTY_CONFIG: JsonObject = {
  architecture: '',
  created: NO_TIME,
  history: [],
  os: '',
  rootfs: { type: 'layers', diff_ids: [] },
  config: {},
};

/** A config that does not count layers, as that of an artifact, has nothing to be added to. */
function configWith(bytes: Uint8Array | undefined, layer: Digest): Uint8Array {
  const config = bytes === undefined ? EMPTY_CONFIG : objectOf(bytes);
  if (!config || !Array.isArray(memberOf(config, 'rootfs', 'diff_ids'))) return bytes ?? Buffer.from('{}');
  const rootfs = objectAt(config, 'rootfs');
  return Buffer.from(
    JSON.stringify({
      ...config,
      history: [...listAt(config, 'history'), { created: NO_TIME }],
      rootfs: { ...rootfs, diff_ids: [...listAt(rootfs, 'diff_ids'), layer] },
    }),
  );
}

function objectOf(bytes: Uint8Array | undefined): JsonObject | undefined {
  const value = bytes && parseJson(bytes);
  return isJsonObject(value) ? value : undefined;
}

function objectAt(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isJsonObject(value) ? value : {};
}

function listAt(object: JsonObject, name: string): readonly unknown[] {
  const value = object[name];
  return Array.isArray(value) ? value : [];
}
