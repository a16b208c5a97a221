import type { Digest, Platform } from '../../src/oci/index.ts';
import { buildArtifact, buildImage, type BuiltImage } from '../../src/testing/index.ts';

/** What the series of a digest are to say. */
export interface Facts {
  readonly size: number;
  /** Unix seconds. */
  readonly created: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** An image as it lies in a registry, and what is true of it. */
export interface Content {
  readonly image: BuiltImage;
  readonly digest: Digest;
  /** Undefined for what is no image. */
  readonly facts: Facts | undefined;
}

interface Parts {
  readonly manifests?: readonly { readonly digest: string; readonly platform?: Platform }[];
  readonly config?: { readonly size: number };
  readonly layers?: readonly { readonly size: number }[];
}

const AMD64: Platform = { os: 'linux', architecture: 'amd64' };
const BOTH: readonly Platform[] = [{ os: 'linux', architecture: 'arm64', variant: 'v8' }, AMD64];
const LABELS = 12;
const FIRST_CREATED = 1_700_000_000;
const SHAPES = 6;

/** Makes up the content of an image of a number; each version differs from all others, shapes differ by number. */
export function makeContent(number: number, version: number): Content {
  const shape = number % SHAPES;
  const annotations = { 'org.opencontainers.image.version': `${number}.${version}`, quoted: 'a "b"\\c\nd' };
  if (shape === 5 && number % 4 === 1) {
    const content = `chart ${number} ${version}`;
    const image = buildArtifact({ artifactType: 'application/vnd.example.chart', content, annotations });
    return { image, digest: image.root.digest, facts: undefined };
  }
  const labels = labelsOf(number, version);
  const created = shape === 4 ? undefined : FIRST_CREATED + number * 1000 + version;
  const image = buildImage({
    platforms: shape === 1 ? [AMD64] : BOTH,
    layers: [{ seed: number, size: 1000 + version }],
    labels,
    annotations,
    created: created === undefined ? '0001-01-01T00:00:00Z' : new Date(created * 1000).toISOString(),
    format: shape === 2 ? 'docker' : 'oci',
    attestations: shape === 3,
  });
  return {
    image,
    digest: image.root.digest,
    facts: { size: sizeOf(image), created, labels, annotations },
  };
}

function labelsOf(number: number, version: number): Readonly<Record<string, string>> {
  const pairs = Array.from({ length: LABELS }, (_, index): [string, string] => [
    `org.opencontainers.image.label${String(index).padStart(2, '0')}`,
    `value-${number}-${index}-of-some-length`,
  ]);
  return { ...Object.fromEntries(pairs), version: String(version), multiline: 'one\ntwo "three" \\four' };
}

/** Reads it off the manifests, in another way than the exporter does. */
function sizeOf({ root, manifests }: BuiltImage): number {
  const parts = (digest: string | undefined): Parts =>
    JSON.parse(Buffer.from(manifests.find((one) => one.digest === digest)?.bytes ?? '{}').toString());
  const top = parts(root.digest);
  const child = top.manifests?.find(({ platform }) => platform?.architecture === AMD64.architecture);
  const { config, layers = [] } = child ? parts(child.digest) : top;
  let size = config?.size ?? 0;
  for (const layer of layers) size += layer.size;
  return size;
}
