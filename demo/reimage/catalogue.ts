import type { Platform, Reference } from '../../src/oci/index.ts';
import {
  buildArtifact,
  buildCosignSignature,
  buildImage,
  type BuiltImage,
  cosignTag,
  descriptorOf,
  type LayerSpec,
  putImage,
  type RegistryStore,
} from '../../src/testing/index.ts';

type Base = 'debian' | 'alpine' | 'distroless' | 'busybox';

interface Entry {
  readonly repository: string;
  readonly tag: string;
  readonly base: Base;
  /** Of its own layer, in KiB. */
  readonly size: number;
  readonly more?: 'docker' | 'attested' | 'signed' | 'referred';
}

/** What the stand-in for the public registries has; the sizes are a hundredth of the real ones or so. */
const CATALOGUE: readonly Entry[] = [
  { repository: 'docker.io/library/busybox', tag: '1.37', base: 'busybox', size: 20 },
  { repository: 'docker.io/library/nginx', tag: '1.27.3', base: 'debian', size: 420, more: 'attested' },
  { repository: 'docker.io/library/postgres', tag: '17.2', base: 'debian', size: 960, more: 'attested' },
  { repository: 'docker.io/library/redis', tag: '7.4.1', base: 'debian', size: 180, more: 'attested' },
  { repository: 'docker.io/grafana/grafana', tag: '11.4.0', base: 'alpine', size: 1100, more: 'docker' },
  { repository: 'ghcr.io/stefanprodan/podinfo', tag: '6.7.1', base: 'alpine', size: 240, more: 'signed' },
  { repository: 'quay.io/crio/artifact', tag: 'v2', base: 'busybox', size: 4 },
  { repository: 'quay.io/prometheus/node-exporter', tag: 'v1.8.2', base: 'busybox', size: 120 },
  {
    repository: 'quay.io/prometheus/prometheus',
    tag: 'v3.1.0',
    base: 'busybox',
    size: 780,
    more: 'referred',
  },
  { repository: 'quay.io/thanos/thanos', tag: 'v0.37.2', base: 'busybox', size: 560 },
  {
    repository: 'registry.k8s.io/kube-state-metrics/kube-state-metrics',
    tag: 'v2.14.0',
    base: 'distroless',
    size: 310,
    more: 'signed',
  },
];

/** Sizes in KiB; images of one base share its layers. */
const BASES: Readonly<Record<Base, number>> = { debian: 640, alpine: 80, distroless: 60, busybox: 24 };
const PLATFORMS: readonly Platform[] = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64', variant: 'v8' },
];
const MADE_UP_SIZE = 64;

/** Fills a store with the public images, each under its whole name without the tag. */
export function fillCatalogue(store: RegistryStore): number {
  for (const entry of CATALOGUE) putEntry(store, entry);
  return CATALOGUE.length;
}

/** Makes an image up for a name, unless the store has it; impossible for a digest, which no made-up image can have. */
export function standIn(
  store: RegistryStore,
  { repository, tag, digest }: Reference,
): 'kept' | 'made' | 'impossible' {
  const name = `${folderOf(repository.registry)}/${repository.path}`;
  if (store.manifest(name, digest ?? tag ?? '')) return 'kept';
  if (digest !== undefined || tag === undefined) return 'impossible';
  putEntry(store, { repository: name, tag, base: 'alpine', size: MADE_UP_SIZE });
  return 'made';
}

/** Where the images of a registry are in the store: its name, as far as a path can have it. */
export function folderOf(registry: string): string {
  return registry
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^-|-$/g, '');
}

function putEntry(store: RegistryStore, { repository, tag, base, size, more }: Entry): void {
  const image = buildImage({
    platforms: PLATFORMS,
    layers: ({ architecture }) => [
      noiseLayer(`${base} ${architecture}`, BASES[base]),
      noiseLayer(`${repository}:${tag} ${architecture}`, size),
    ],
    labels: { 'org.opencontainers.image.title': repository, 'org.opencontainers.image.version': tag },
    format: more === 'docker' ? 'docker' : 'oci',
    attestations: more === 'attested',
  });
  putImage(store, repository, tag, image);
  if (more === 'signed') {
    const { digest } = image.root;
    putImage(store, repository, cosignTag(digest), buildCosignSignature(digest));
  }
  if (more === 'referred') putImage(store, repository, undefined, billOfMaterials(repository, image));
}

function billOfMaterials(name: string, image: BuiltImage): BuiltImage {
  return buildArtifact({
    subject: descriptorOf(image),
    artifactType: 'application/spdx+json',
    content: JSON.stringify({ spdxVersion: 'SPDX-2.3', name, packages: [] }),
  });
}

function noiseLayer(name: string, kibibytes: number): LayerSpec {
  return { seed: seedOf(name), size: kibibytes * 1024 };
}

/** A number that differs between names (FNV-1a, 32 bits). */
function seedOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
