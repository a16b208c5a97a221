import {
  type Descriptor,
  type Digest,
  digestOf,
  type ImageManifest,
  MEDIA_TYPE,
  referenceTo,
} from '../oci/index.ts';
import {
  type FetchedManifest,
  type ImageReader,
  type RegistryClient,
  RegistryError,
} from '../registry/index.ts';
import { AttestationError, type AttestationSubject } from './attester.ts';
import { bytesOf } from './json-member.ts';
import type { CosignKey } from './cosign-key.ts';
import {
  payloadSpeaksOf,
  SIGNATURE_ANNOTATION,
  type SignatureImage,
  signatureTag,
  SIGNED_TYPE,
  signedPayload,
  withSignature,
} from './signature-tag.ts';

/** Longest payload and config that is read, in bytes. */
const MAX_BLOB = 1024 * 1024;
/** Somebody else may write the tag between our look and our push so often. */
const MOST_ATTEMPTS = 5;

/** Signs images by tag, beside the signatures that are there. */
export class SignatureTagWriter {
  readonly #client: RegistryClient;

  constructor(client: RegistryClient) {
    this.#client = client;
  }

  /** `present` where this key has signed the image already. Throws `RegistryError` and `AttestationError`. */
  async sign(
    subject: AttestationSubject,
    key: CosignKey,
    signal: AbortSignal,
  ): Promise<'attested' | 'present'> {
    const { repository, digest } = subject;
    const tag = signatureTag(digest);
    const reader = this.#client.targetReader(repository);
    const payload = signedPayload(subject);
    let signature: Buffer | undefined;
    for (let attempt = 0; ; attempt++) {
      const there = await signaturesAt(reader, tag, digest, signal);
      if (there && (await isSigned(reader, there.manifest.layers, subject, key, signal))) {
        return attempt === 0 ? 'present' : 'attested';
      }
      if (attempt === MOST_ATTEMPTS) {
        throw new AttestationError(
          `tag "${tag}" loses the signature again and again: somebody else writes it`,
        );
      }
      signature ??= key.sign(payload);
      const image = withSignature(there && (await imageOf(reader, there, signal)), payload, signature);
      await this.#client.pushBlobs(repository, [image.config, payload], signal);
      // Registries cannot compare and set: what was written meanwhile is seen here, or missed in the next moment.
      const now = await unlessRefused(reader.resolve({ tag, digest: undefined }, signal));
      if ((now === 'refused' ? undefined : now?.digest) !== there?.digest) continue;
      const { manifest: bytes } = image;
      const mediaType = there?.mediaType ?? MEDIA_TYPE.ociManifest;
      const pushed = { bytes, mediaType, digest: digestOf(bytes) };
      await this.#client.push(referenceTo(repository, { tag }), pushed, [], signal);
    }
  }
}

type Signatures = FetchedManifest & { readonly manifest: ImageManifest };

async function signaturesAt(
  reader: ImageReader,
  tag: string,
  signed: Digest,
  signal: AbortSignal,
): Promise<Signatures | undefined> {
  const found = await unlessRefused(reader.manifest({ tag, digest: undefined }, signal));
  if (found === 'refused') {
    // Where the image can be read, the tag is hidden as it is not there. Else it may have signatures, to be overwritten.
    await reader.resolve({ tag: undefined, digest: signed }, signal);
    return undefined;
  }
  if (!found) return undefined;
  const { manifest } = found;
  if (manifest.kind === 'image') return { ...found, manifest };
  throw new AttestationError(`tag "${tag}" holds an index and no signatures`);
}

/** Registries that hide their tags answer for one that is not there with a refusal; a push tells the truth. */
async function unlessRefused<T>(reading: Promise<T | undefined>): Promise<T | 'refused' | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof RegistryError && (error.status === 401 || error.status === 403)) return 'refused';
    throw error;
  }
}

async function imageOf(reader: ImageReader, there: Signatures, signal: AbortSignal): Promise<SignatureImage> {
  const config = await reader.blob(there.manifest.config, MAX_BLOB, signal);
  return { manifest: there.bytes, config };
}

/** The signature alone proves nothing: it may be one of another image, moved here. */
async function isSigned(
  reader: ImageReader,
  layers: readonly Descriptor[],
  subject: AttestationSubject,
  key: CosignKey,
  signal: AbortSignal,
): Promise<boolean> {
  const own = signedPayload(subject);
  const ownDigest = digestOf(own);
  for (const layer of layers) {
    const signature = bytesOf(layer.annotations, SIGNATURE_ANNOTATION);
    if (layer.mediaType !== SIGNED_TYPE || !signature) continue;
    const payload = layer.digest === ownDigest ? own : await payloadOf(reader, layer, signal);
    if (payload && payloadSpeaksOf(payload, subject) && key.verify(payload, signature)) return true;
  }
  return false;
}

async function payloadOf(
  reader: ImageReader,
  layer: Descriptor,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  if (layer.size > MAX_BLOB) return undefined;
  try {
    return await reader.blob(layer, MAX_BLOB, signal);
  } catch (error) {
    if (error instanceof RegistryError && error.kind === 'not_found') return undefined;
    throw error;
  }
}
