import { type Descriptor, MEDIA_TYPE, type Platform } from '../oci/index.ts';
import {
  blobOf,
  type BuiltBlob,
  type BuiltImage,
  type BuiltManifest,
  buildLayer,
  buildManifest,
  descriptorOf,
  type ImageFormat,
  type LayerSpec,
} from './image-parts.ts';

export interface ImageOptions {
  /** One makes an image, more an index of images; linux/amd64 when not given. */
  readonly platforms?: readonly Platform[];
  /** The layers of each platform's image; a list gives all platforms the same. */
  readonly layers?: readonly LayerSpec[] | ((platform: Platform) => readonly LayerSpec[]);
  readonly labels?: Readonly<Record<string, string>>;
  /** On what the tag points to. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly created?: string;
  readonly format?: ImageFormat;
  /** Makes an index even of one platform. */
  readonly index?: boolean;
  /** Adds BuildKit's attestation manifest for each platform. */
  readonly attestations?: boolean;
}

/** A member of an index. */
export interface IndexEntry {
  readonly image: BuiltImage;
  readonly platform?: Platform;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

const LINUX_AMD64: Platform = { os: 'linux', architecture: 'amd64' };
const CREATED = '2024-05-06T07:08:09Z';
const UNKNOWN_PLATFORM: Platform = { os: 'unknown', architecture: 'unknown' };

/** Builds an image, or an index of images: the same options give the same bytes. */
export function buildImage(options: ImageOptions = {}): BuiltImage {
  const { platforms = [LINUX_AMD64], format = 'oci', annotations, attestations = false } = options;
  const [only] = platforms;
  if (only && platforms.length === 1 && !attestations && options.index !== true) {
    return platformImage(only, options, annotations);
  }
  const entries: IndexEntry[] = platforms.map((platform) => ({
    platform,
    image: platformImage(platform, options, undefined),
  }));
  if (attestations) entries.push(...entries.map(({ image }) => attestationOf(image)));
  return buildIndex(entries, { format, annotations });
}

/** An index of images, indexes or artifacts. */
export function buildIndex(
  entries: readonly IndexEntry[],
  {
    format = 'oci',
    annotations,
    subject,
  }: {
    readonly format?: ImageFormat;
    readonly annotations?: Readonly<Record<string, string>> | undefined;
    readonly subject?: Descriptor;
  } = {},
): BuiltImage {
  const manifests = entries.map(({ image, ...rest }) => ({ ...descriptorOf(image), ...rest }));
  const mediaType = format === 'oci' ? MEDIA_TYPE.ociIndex : MEDIA_TYPE.dockerList;
  const root = buildManifest(mediaType, { manifests, subject, annotations });
  return {
    root,
    manifests: [...entries.flatMap(({ image }) => image.manifests), root],
    blobs: uniqueBlobs(entries.flatMap(({ image }) => image.blobs)),
  };
}

function platformImage(
  platform: Platform,
  options: ImageOptions,
  annotations: Readonly<Record<string, string>> | undefined,
): BuiltImage {
  const { layers = [{ seed: 1, size: 1000 }], labels = {}, created = CREATED, format = 'oci' } = options;
  const specs = typeof layers === 'function' ? layers(platform) : layers;
  const built = specs.map((spec) => buildLayer(spec, format));
  const config = blobOf(
    Buffer.from(
      JSON.stringify({
        created,
        ...platform,
        config: { Labels: labels, Cmd: ['/bin/true'] },
        rootfs: { type: 'layers', diff_ids: built.map(({ diffId }) => diffId) },
        history: built.map((_, index) => ({ created, created_by: `layer ${index}` })),
      }),
    ),
  );
  const oci = format === 'oci';
  const root = buildManifest(oci ? MEDIA_TYPE.ociManifest : MEDIA_TYPE.dockerManifest, {
    config: {
      mediaType: oci ? MEDIA_TYPE.ociConfig : MEDIA_TYPE.dockerConfig,
      digest: config.digest,
      size: config.bytes.length,
    },
    layers: built.map(({ descriptor }) => descriptor),
    annotations,
  });
  return imageOf(root, [config, ...built.flatMap(({ blob }) => blob ?? [])]);
}

/** What BuildKit puts beside an image: a manifest of in-toto statements, told apart by its annotations. */
function attestationOf(image: BuiltImage): IndexEntry {
  const { digest } = image.root;
  const statement = blobOf(
    Buffer.from(
      JSON.stringify({
        _type: 'https://in-toto.io/Statement/v0.1',
        predicateType: 'https://slsa.dev/provenance/v0.2',
        subject: [{ name: 'image', digest: { sha256: digest.slice(7) } }],
      }),
    ),
  );
  const config = blobOf(
    Buffer.from(
      JSON.stringify({
        ...UNKNOWN_PLATFORM,
        config: {},
        rootfs: { type: 'layers', diff_ids: [statement.digest] },
      }),
    ),
  );
  const root = buildManifest(MEDIA_TYPE.ociManifest, {
    config: { mediaType: MEDIA_TYPE.ociConfig, digest: config.digest, size: config.bytes.length },
    layers: [
      {
        mediaType: 'application/vnd.in-toto+json',
        digest: statement.digest,
        size: statement.bytes.length,
        annotations: { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v0.2' },
      },
    ],
  });
  return {
    image: imageOf(root, [config, statement]),
    platform: UNKNOWN_PLATFORM,
    annotations: {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': digest,
    },
  };
}

function imageOf(root: BuiltManifest, blobs: readonly BuiltBlob[]): BuiltImage {
  return { root, manifests: [root], blobs: uniqueBlobs(blobs) };
}

function uniqueBlobs(blobs: readonly BuiltBlob[]): BuiltBlob[] {
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}
