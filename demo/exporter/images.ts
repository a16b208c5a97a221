import type { Digest } from '../../src/oci/index.ts';
import { buildImage, putImage, type RegistryStore } from '../../src/testing/index.ts';

/** An image as it is made for the demo. */
interface Made {
  readonly repository: string;
  readonly tag: string;
  readonly days: number;
  /** Of its one layer, in KiB; a hundredth of the real ones or so. */
  readonly size: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The label by which images of Chainguard, and images built on them, are told. */
export const BASE_LABEL = 'dev.chainguard.package.main';
/** Days after which an image counts as old. */
export const OLD_AFTER = 30;
/** Tags as the cluster has them, those of the company without its host. */
export const WEB = 'shop/web:1.4';
export const REPORT = 'shop/report:nightly';
export const CACHE = 'redis:7.4';
/** Pinned, so that it has no tag. */
export const NODE_EXPORTER = 'quay.io/prometheus/node-exporter';

const SECONDS_OF_DAY = 86_400;

const PUBLIC: readonly Made[] = [
  { repository: 'docker.io/library/postgres', tag: '17.2', days: 63, size: 960 },
  { repository: 'docker.io/library/redis', tag: '7.4', days: 9, size: 180 },
];

const PINNED: Made = { repository: NODE_EXPORTER, tag: 'v1.8.2', days: 412, size: 120 };

const COMPANY: readonly Made[] = [
  {
    repository: 'shop/web',
    tag: '1.4',
    days: 3,
    size: 240,
    labels: {
      [BASE_LABEL]: 'nginx',
      'org.opencontainers.image.source': 'https://git.example/shop/web',
    },
    annotations: { 'org.opencontainers.image.base.name': 'cgr.dev/chainguard/nginx:latest' },
  },
  { repository: 'shop/report', tag: 'nightly', days: 97, size: 610 },
];

const REBUILT: Made = {
  repository: 'shop/report',
  tag: 'nightly',
  days: 0,
  size: 90,
  labels: { [BASE_LABEL]: 'python-3.13' },
};

/**
 * Fills the stand-in for the public registries, and the company's own; gives what node-exporter is to be pinned
 * to. `now` is in milliseconds since 1970.
 */
export function fillRegistries(standIn: RegistryStore, company: RegistryStore, now: number): Digest {
  for (const made of PUBLIC) put(standIn, made, now);
  for (const made of COMPANY) put(company, made, now);
  return put(standIn, PINNED, now);
}

/** Takes the cache's tag away, as whoever publishes the image may. */
export function removeCache(standIn: RegistryStore): void {
  standIn.deleteTag('docker.io/library/redis', '7.4');
}

/** Pushes the nightly report again, built anew on another base; gives its new digest. */
export function pushReport(company: RegistryStore, now: number): Digest {
  return put(company, REBUILT, now);
}

function put(store: RegistryStore, { repository, tag, days, size, ...rest }: Made, now: number): Digest {
  const seconds = Math.floor(now / 1000) - days * SECONDS_OF_DAY;
  const image = buildImage({
    platforms: [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64', variant: 'v8' },
    ],
    layers: ({ architecture }) => [{ seed: size + (architecture === 'amd64' ? 0 : 1), size: size * 1024 }],
    created: new Date(seconds * 1000).toISOString(),
    ...rest,
  });
  putImage(store, repository, tag, image);
  return image.root.digest;
}
