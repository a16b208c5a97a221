import { MEDIA_TYPE, type Platform } from '../src/oci/index.ts';
import {
  buildImage,
  type BuiltImage,
  buildManifest,
  generatedSource,
  noise,
  putImage,
  type RegistryStore,
} from '../src/testing/index.ts';
import type { RelocatedSeed } from './relocated.ts';

/** What a registry is filled with before anything is measured. */
export type Seed = 'nothing' | ImageSeed | 'one layer' | RelocatedSeed;

const PLATFORMS: readonly Platform[] = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
];
const KIB = 1024;
const MIB = 1024 * KIB;
const SHAPES = {
  'small images': { count: 30, own: 2 * KIB, base: 2 * KIB, labels: 15, annotated: false },
  'forty images': { count: 40, own: 2 * KIB, base: 2 * KIB, labels: 3, annotated: false },
  'many images': { count: 500, own: 2 * KIB, base: 2 * KIB, labels: 15, annotated: true },
  'large images': { count: 20, own: 8 * MIB, base: 32 * MIB, labels: 3, annotated: false },
} as const;

/** A seed of images. */
export type ImageSeed = keyof typeof SHAPES;

export const LAYER_BYTES = 2_000_000_000;
export const LAYER_REPOSITORY = 'team/model';

/** The name of the image of a number, with its tag; all seeds name theirs alike. */
export function imageName(index: number): string {
  return `team/app-${String(index).padStart(4, '0')}:1.${index % 7}.0`;
}

/** Whether a seed is one of images. */
export function isImages(seed: string): seed is ImageSeed {
  return Object.hasOwn(SHAPES, seed);
}

export function imageCount(seed: ImageSeed): number {
  return SHAPES[seed].count;
}

/** Uploads the images of a seed to a registry. */
export async function seedImages(url: string, seed: ImageSeed): Promise<void> {
  let first: string | undefined;
  for (const { repository, tag, image } of imagesOf(seed)) {
    await upload(url, repository, tag, image, first);
    first ??= repository;
  }
}

/** Puts the images of a seed into a store. */
export function putImages(store: RegistryStore, seed: ImageSeed): void {
  for (const { repository, tag, image } of imagesOf(seed)) putImage(store, repository, tag, image);
}

/** Puts an image of one layer that takes no memory into a store. */
export function seedLayer(store: RegistryStore): void {
  const layer = store.putBlob(LAYER_REPOSITORY, generatedSource(1, LAYER_BYTES));
  const config = Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      config: {},
      rootfs: { type: 'layers', diff_ids: [layer] },
    }),
  );
  const manifest = buildManifest(MEDIA_TYPE.ociManifest, {
    config: {
      mediaType: MEDIA_TYPE.ociConfig,
      digest: store.putBlob(LAYER_REPOSITORY, config),
      size: config.length,
    },
    layers: [{ mediaType: MEDIA_TYPE.ociLayer, digest: layer, size: LAYER_BYTES }],
  });
  store.putManifest(LAYER_REPOSITORY, manifest, ['1.0']);
}

/** Images of two platforms, with a layer of their own on a base that all share. */
function* imagesOf(
  seed: ImageSeed,
): Generator<{ readonly repository: string; readonly tag: string; readonly image: BuiltImage }> {
  const { count, own, base, labels, annotated } = SHAPES[seed];
  const bases = PLATFORMS.map((_, index) => noise(index, base));
  for (let index = 0; index < count; index++) {
    const [repository = '', tag = ''] = imageName(index).split(':');
    const image = buildImage({
      platforms: PLATFORMS,
      layers: (platform) => {
        const at = PLATFORMS.indexOf(platform);
        const bytes = [bases[at] ?? noise(at, base), noise(100 + 2 * index + at, own)];
        return bytes.map((layer) => ({ bytes: layer, mediaType: MEDIA_TYPE.ociLayer }));
      },
      ...(annotated
        ? { annotations: { 'org.opencontainers.image.revision': String(index).padStart(40, '0') } }
        : {}),
      labels: Object.fromEntries(
        Array.from({ length: labels }, (_, label) => [
          `org.opencontainers.image.label${String(label).padStart(2, '0')}`,
          `value-${index}-${label}-of-some-length`,
        ]),
      ),
    });
    yield { repository, tag, image };
  }
}

async function upload(
  url: string,
  repository: string,
  tag: string,
  { blobs, manifests, root }: BuiltImage,
  from: string | undefined,
): Promise<void> {
  const uploads = `${url}/v2/${repository}/blobs/uploads/`;
  for (const { digest, bytes } of blobs) {
    const query = from === undefined ? '' : `?mount=${digest}&from=${from}`;
    const begun = await send('POST', uploads + query);
    if (begun.status === 201) continue;
    const location = new URL(begun.headers.get('Location') ?? '', uploads);
    location.searchParams.set('digest', digest);
    await send('PUT', location.href, bytes, 'application/octet-stream');
  }
  for (const manifest of manifests) {
    const reference = manifest === root ? tag : manifest.digest;
    await send('PUT', `${url}/v2/${repository}/manifests/${reference}`, manifest.bytes, manifest.mediaType);
  }
}

async function send(method: string, url: string, body?: Uint8Array, type?: string): Promise<Response> {
  const response = await fetch(url, {
    method,
    ...(body === undefined ? {} : { body: Buffer.from(body.buffer, body.byteOffset, body.byteLength) }),
    ...(type === undefined ? {} : { headers: { 'Content-Type': type } }),
  });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status}`);
  return response;
}
