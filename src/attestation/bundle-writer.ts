import { type Descriptor, type Digest, digestOf, MEDIA_TYPE, referenceTo } from '../oci/index.ts';
import { type ImageReader, type RegistryClient, RegistryError } from '../registry/index.ts';
import { AttestationError, type AttestationSubject } from './attester.ts';
import {
  bundleManifest,
  EMPTY_CONFIG,
  isBundleOf,
  isBundleType,
  PREDICATE_ANNOTATION,
  signBundle,
  SIGNED_PREDICATE,
} from './bundle.ts';
import type { CosignKey } from './cosign-key.ts';

/** Longest bundle that is read, in bytes. */
const MAX_BUNDLE = 1024 * 1024;
/** The list of referrers, where it is a tag, may be written by somebody else in the same moment so often. */
const MOST_ATTEMPTS = 5;

/** Attaches signatures to images as bundles that refer to them. */
export class BundleWriter {
  readonly #client: RegistryClient;

  constructor(client: RegistryClient) {
    this.#client = client;
  }

  /** `present` where a bundle of this key for the image is there already. Throws `RegistryError` and `AttestationError`. */
  async sign(
    { repository, digest }: AttestationSubject,
    key: CosignKey,
    signal: AbortSignal,
  ): Promise<'attested' | 'present'> {
    const reader = this.#client.targetReader(repository);
    const there = await this.#client.referrers(repository, digest, signal);
    for (const referrer of there.filter(mayBeSignature)) {
      const bundle = await bundleOf(reader, referrer.digest, signal);
      if (bundle && isBundleOf(bundle, digest, key)) return 'present';
    }
    const bundle = signBundle(digest, key);
    const bytes = bundleManifest(bundle, await describe(reader, digest, signal));
    const manifest = { bytes, mediaType: MEDIA_TYPE.ociManifest, digest: digestOf(bytes) };
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      await this.#client.push(referenceTo(repository, {}), manifest, [EMPTY_CONFIG, bundle], signal);
      const now = await this.#client.referrers(repository, digest, signal);
      if (now.some((referrer) => referrer.digest === manifest.digest)) return 'attested';
    }
    throw new AttestationError(
      'the registry took the bundle and does not list it among what refers to the image',
    );
  }
}

/** An entry need not say what it is: lists that tools keep by tag often do not. */
function mayBeSignature({ artifactType, annotations }: Descriptor): boolean {
  const predicate = annotations?.[PREDICATE_ANNOTATION];
  return (
    (artifactType === undefined || isBundleType(artifactType)) &&
    (predicate === undefined || predicate === SIGNED_PREDICATE)
  );
}

/** The bundle of a referrer; undefined where it is something else, or gone. */
async function bundleOf(
  reader: ImageReader,
  referrer: Digest,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  try {
    const found = await reader.manifest({ tag: undefined, digest: referrer }, signal);
    const layer = found?.manifest.kind === 'image' ? found.manifest.layers[0] : undefined;
    if (!layer || !isBundleType(layer.mediaType) || layer.size > MAX_BUNDLE) return undefined;
    return await reader.blob(layer, MAX_BUNDLE, signal);
  } catch (error) {
    if (error instanceof RegistryError && error.kind === 'not_found') return undefined;
    throw error;
  }
}

async function describe(
  reader: ImageReader,
  digest: Digest,
  signal: AbortSignal,
): Promise<Pick<Descriptor, 'mediaType' | 'size' | 'digest'>> {
  const wanted = { tag: undefined, digest };
  const found = await reader.resolve(wanted, signal);
  const { mediaType, size } = found ?? {};
  if (mediaType !== undefined && size !== undefined) return { mediaType, size, digest };
  const read = found && (await reader.manifest(wanted, signal));
  if (!read) throw new AttestationError('there is no such image to sign');
  return { mediaType: read.mediaType, size: read.bytes.byteLength, digest };
}
