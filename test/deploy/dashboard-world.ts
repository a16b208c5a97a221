import {
  buildImage,
  type EmbeddedApiServer,
  type EmbeddedRegistry,
  type ImageOptions,
  type JsonObject,
  putImage,
  startApiServer,
  startRegistry,
  type StoredManifest,
} from '../../src/testing/index.ts';
import { kubeconfigOf } from '../exporter/cluster.ts';
import { type ExporterProcess, startExporter } from '../exporter/exporter-process.ts';

const DAY = 86_400_000;
const SOURCE = 'org.opencontainers.image.source';
const daysAgo = (days: number): string => new Date(Date.now() - days * DAY).toISOString();

/** What is in the registry: half a day more than full days, so that no test begins on a day's edge. */
const IMAGES: Readonly<Record<string, ImageOptions>> = {
  'team/web': {
    created: daysAgo(10.5),
    labels: {
      'dev.chainguard.package.main': 'nginx',
      'dev.chainguard.image.title': 'nginx',
      [SOURCE]: 'https://a',
    },
    layers: [{ seed: 1, size: 40_000 }],
  },
  'team/cache': {
    created: daysAgo(100.5),
    labels: { 'org.opencontainers.image.title': 'cache' },
    // Two descriptions of where it is from: the label counts.
    annotations: { [SOURCE]: 'https://annotation' },
    layers: [{ seed: 2, size: 20_000 }],
  },
  'team/store': {
    created: daysAgo(400.5),
    labels: { 'dev.chainguard.package.main': 'postgres', [SOURCE]: 'https://b' },
    annotations: { [SOURCE]: 'https://not-this' },
    layers: [{ seed: 3, size: 80_000 }],
  },
  // A date that says nothing.
  'team/report': { created: '0001-01-01T00:00:00Z', layers: [{ seed: 4, size: 1000 }] },
  'team/moving': { created: daysAgo(3.5), layers: [{ seed: 5, size: 1000 }] },
  'team/leaving': { created: daysAgo(200.5), layers: [{ seed: 6, size: 1000 }] },
};

/** A small cluster, its registry, and the exporter after it saw a tag move and an image go. */
export class DashboardWorld implements AsyncDisposable {
  readonly api: EmbeddedApiServer;
  readonly registry: EmbeddedRegistry;
  readonly exporter: ExporterProcess;

  private constructor(api: EmbeddedApiServer, registry: EmbeddedRegistry, exporter: ExporterProcess) {
    this.api = api;
    this.registry = registry;
    this.exporter = exporter;
  }

  static async start(): Promise<DashboardWorld> {
    const registry = await startRegistry();
    for (const [path, options] of Object.entries(IMAGES))
      putImage(registry.store, path, '1', buildImage(options));
    // It tells of a quota, as Docker Hub does.
    const set = { 'ratelimit-limit': '1000;w=21600', 'ratelimit-remaining': '900;w=21600' };
    registry.faults.add({ match: { kind: 'HEAD manifest' }, action: { kind: 'headers', set } });
    const api = await startApiServer({ objects: workloads((path) => `${registry.host}/${path}`) });
    const exporter = await startExporter({
      kubeconfig: kubeconfigOf(api.url, {}),
      args: ['--cache-duration=1s'],
    });
    await exporter.ready();
    return new DashboardWorld(api, registry, exporter);
  }

  /** Name and digest of each image that is found, for answers to be read. */
  get names(): ReadonlyMap<string, string> {
    return new Map(
      Object.keys(IMAGES).flatMap((path) => {
        const found = this.#newest(path);
        return found ? [[found.digest, `DIGEST ${path}`]] : [];
      }),
    );
  }

  /** Bytes of an image as the exporter counts them. */
  sizeOf(path: string): number {
    const bytes = this.#newest(path)?.bytes ?? [];
    const manifest: { config: { size: number }; layers: readonly { size: number }[] } = JSON.parse(
      Buffer.from(bytes).toString(),
    );
    return manifest.layers.reduce((sum, { size }) => sum + size, manifest.config.size);
  }

  /** Moves one tag and takes another away, and waits until the exporter knows; what scrapes it must have seen it before. */
  async change(): Promise<void> {
    const { store, host } = this.registry;
    const image = (path: string): string => `${host}/${path}:1`;
    putImage(
      store,
      'team/moving',
      '1',
      buildImage({ created: daysAgo(1.5), layers: [{ seed: 7, size: 2000 }] }),
    );
    store.deleteTag('team/leaving', '1');
    await this.exporter.shows((scrape) => {
      const states = ['team/moving', 'team/leaving'].map((path) => [
        scrape.reason(image(path)),
        scrape.value('container_image_tag_changes_total', { image: image(path) }),
      ]);
      if (JSON.stringify(states) !== '[["ok",1],["not_found",0]]') throw new Error(JSON.stringify(states));
    });
  }

  /** What the tag points at, or did while there was one. */
  #newest(path: string): StoredManifest | undefined {
    return this.registry.store.manifests(path).at(-1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.exporter[Symbol.asyncDispose]();
    await this.registry.stop();
    await this.api[Symbol.asyncDispose]();
  }
}

function workloads(image: (path: string) => string): JsonObject[] {
  const containers = (...paths: readonly string[]): object => ({
    containers: paths.map((path, index) => ({ name: `c${index}`, image: image(path) })),
  });
  const template = (...paths: readonly string[]): object => ({ template: { spec: containers(...paths) } });
  return [
    object('apps/v1', 'Deployment', 'shop/web', template('team/web:1', 'team/cache:1')),
    object('v1', 'Pod', 'shop/web-1', containers('team/web:1', 'team/cache:1')),
    object('v1', 'Pod', 'shop/web-2', containers('team/web:1', 'team/cache:1')),
    object('apps/v1', 'StatefulSet', 'data/store', template('team/store:1')),
    object('batch/v1', 'CronJob', 'data/report', {
      schedule: '@daily',
      jobTemplate: { spec: template('team/report:1') },
    }),
    object('apps/v1', 'DaemonSet', 'ops/agent', template('team/moving:1', 'team/leaving:1')),
    object('apps/v1', 'Deployment', 'ops/broken', template('team/missing:1')),
  ];
}

function object(apiVersion: string, kind: string, at: string, spec: object): JsonObject {
  const [namespace = '', name = ''] = at.split('/');
  return { apiVersion, kind, metadata: { namespace, name }, spec };
}
