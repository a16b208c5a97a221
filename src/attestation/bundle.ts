import {
  type Descriptor,
  type Digest,
  digestAlgorithm,
  digestHex,
  digestOf,
  MEDIA_TYPE,
} from '../oci/index.ts';
import { bytesOf, isJsonObject, memberOf, parseJson } from './json-member.ts';
import type { CosignKey } from './cosign-key.ts';

/** Media type of a Sigstore bundle, of the layer that is one, and of the artifact around it. */
export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
/** The annotation that says what a bundle in a registry states. */
export const PREDICATE_ANNOTATION = 'dev.sigstore.bundle.predicateType';
/** What `cosign sign` states of an image: that it is signed, and nothing else. */
export const SIGNED_PREDICATE = 'https://sigstore.dev/cosign/sign/v1';

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** The config of an artifact that has none. */
export const EMPTY_CONFIG = Buffer.from('{}');

/** True for the media type of a bundle of any version. */
export function isBundleType(mediaType: string): boolean {
  return mediaType.startsWith('application/vnd.dev.sigstore.bundle');
}

/**
 * Signs a digest as cosign 3 does: an in-toto statement in a DSSE envelope in a Sigstore bundle, without a log.
 * https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md
 */
export function signBundle(digest: Digest, key: CosignKey): Buffer {
  const payload = Buffer.from(
    JSON.stringify({
      _type: STATEMENT_TYPE,
      subject: [{ digest: { [digestAlgorithm(digest)]: digestHex(digest) }, annotations: {} }],
      predicateType: SIGNED_PREDICATE,
      predicate: {},
    }),
  );
  const signature = key.sign(preAuthEncoding(PAYLOAD_TYPE, payload));
  return Buffer.from(
    JSON.stringify({
      mediaType: BUNDLE_TYPE,
      verificationMaterial: { publicKey: { hint: key.hint } },
      dsseEnvelope: {
        payload: payload.toString('base64'),
        payloadType: PAYLOAD_TYPE,
        signatures: [{ sig: signature.toString('base64') }],
      },
    }),
  );
}

/** True for a bundle in which this key signed this digest; the statement is read, not only the signature. */
export function isBundleOf(bytes: Uint8Array, digest: Digest, key: CosignKey): boolean {
  const bundle = parseJson(bytes);
  const envelope = memberOf(bundle, 'dsseEnvelope');
  const payload = bytesOf(envelope, 'payload');
  const signatures = memberOf(envelope, 'signatures');
  const signature = Array.isArray(signatures) && signatures.length === 1 && bytesOf(signatures[0], 'sig');
  if (!payload || !signature || memberOf(envelope, 'payloadType') !== PAYLOAD_TYPE) return false;
  // With a certificate in its place, `cosign verify --key` does not take it.
  if (!isJsonObject(memberOf(bundle, 'verificationMaterial', 'publicKey'))) return false;
  return states(payload, digest) && key.verify(preAuthEncoding(PAYLOAD_TYPE, payload), signature);
}

function states(payload: Uint8Array, digest: Digest): boolean {
  const statement = parseJson(payload);
  const subjects = memberOf(statement, 'subject');
  return (
    memberOf(statement, '_type') === STATEMENT_TYPE &&
    memberOf(statement, 'predicateType') === SIGNED_PREDICATE &&
    Array.isArray(subjects) &&
    subjects.some(
      (subject: unknown) => memberOf(subject, 'digest', digestAlgorithm(digest)) === digestHex(digest),
    )
  );
}

/** What DSSE signs instead of the bare payload (https://github.com/secure-systems-lab/dsse/blob/master/protocol.md). */
function preAuthEncoding(type: string, payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.byteLength} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/**
 * The manifest that attaches a bundle to an image, as cosign lays it out, without the time: equal bundles make an equal
 * manifest.
 */
export function bundleManifest(
  bundle: Uint8Array,
  subject: Pick<Descriptor, 'mediaType' | 'size' | 'digest'>,
): Buffer {
  const { mediaType, size, digest } = subject;
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA_TYPE.ociManifest,
      config: {
        mediaType: MEDIA_TYPE.ociEmpty,
        size: EMPTY_CONFIG.byteLength,
        digest: digestOf(EMPTY_CONFIG),
        artifactType: BUNDLE_TYPE,
      },
      layers: [{ mediaType: BUNDLE_TYPE, size: bundle.byteLength, digest: digestOf(bundle) }],
      annotations: {
        'dev.sigstore.bundle.content': 'dsse-envelope',
        [PREDICATE_ANNOTATION]: SIGNED_PREDICATE,
      },
      subject: { mediaType, size, digest },
      artifactType: BUNDLE_TYPE,
    }),
  );
}
