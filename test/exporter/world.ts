import assert from 'node:assert/strict';
import {
  buildImage,
  type BuiltImage,
  type EmbeddedRegistry,
  type ImageOptions,
  putImage,
  type RegistryOptions,
  startRegistry,
} from '../../src/testing/index.ts';
import type { KubeClient } from '../support/kube-client.ts';
import type { TestCluster } from './cluster.ts';
import type { ExporterProcess } from './exporter-process.ts';
import { create, type Kind, pathOf, type PodSpec, pullSecret, remove } from './workloads.ts';

/** One promise of the exporter, kept with every API server. */
export interface Case {
  readonly name: string;
  readonly run: (world: World) => Promise<void>;
}

/** What a case works with: a namespace and a registry of its own, and an exporter that also sees those of the others. */
export class World implements AsyncDisposable {
  readonly cluster: TestCluster;
  readonly exporter: ExporterProcess;
  readonly namespace: string;
  readonly registry: EmbeddedRegistry;

  private constructor(
    cluster: TestCluster,
    exporter: ExporterProcess,
    namespace: string,
    registry: EmbeddedRegistry,
  ) {
    this.cluster = cluster;
    this.exporter = exporter;
    this.namespace = namespace;
    this.registry = registry;
  }

  static async open(
    cluster: TestCluster,
    exporter: ExporterProcess,
    namespace: string,
    options: RegistryOptions = {},
  ): Promise<World> {
    await cluster.client.ok('POST', '/api/v1/namespaces', { body: { metadata: { name: namespace } } });
    return new World(cluster, exporter, namespace, await startRegistry(options));
  }

  get client(): KubeClient {
    return this.cluster.client;
  }

  /** The whole name of an image in the case's registry. */
  image(path: string): string {
    return `${this.registry.host}/${path}`;
  }

  /** Puts an image of its own there, or into another registry, under `repository:tag`. */
  put(path: string, image: BuiltImage | ImageOptions = {}, { store } = this.registry): BuiltImage {
    const [repository = '', tag] = path.split(':');
    // No two cases have one digest: what is told of it would be told of both.
    const own = { case: this.image(path) };
    const built = 'root' in image ? image : buildImage({ ...image, labels: { ...own, ...image.labels } });
    putImage(store, repository, tag, built);
    return built;
  }

  async create(kind: Kind, name: string, podSpec: PodSpec, metadata: object = {}): Promise<void> {
    await create(this.client, this.namespace, kind, name, podSpec, metadata);
  }

  async delete(kind: Kind, name: string): Promise<void> {
    await remove(this.client, this.namespace, kind, name);
  }

  /** Changes a part of a workload, or of its subresource (`pod/ephemeralcontainers`). */
  async patch(
    kind: Kind,
    name: string,
    body: object,
    type: 'merge' | 'strategic-merge' = 'merge',
  ): Promise<void> {
    await this.client.ok('PATCH', pathOf(this.namespace, kind, name), {
      body,
      contentType: `application/${type}-patch+json`,
    });
  }

  async secret(...secret: Parameters<typeof pullSecret>): Promise<void> {
    await this.client.ok('POST', `/api/v1/namespaces/${this.namespace}/secrets`, {
      body: pullSecret(...secret),
    });
  }

  /** Waits until the namespace's containers are these: `Kind name jsonpath image digest`. */
  async showsContainers(expected: readonly string[]): Promise<void> {
    await this.exporter.shows((scrape) =>
      assert.deepEqual(scrape.containers(this.namespace), expected.toSorted()),
    );
  }

  /** Waits until these are the digests of images, by what stands after the registry's name; `''` while one is not known. */
  async showsDigests(expected: Readonly<Record<string, string | undefined>>): Promise<void> {
    await this.exporter.shows((scrape) => {
      const found = Object.keys(expected).map((path) => [path, scrape.digest(this.image(path))] as const);
      assert.deepEqual(Object.fromEntries(found), expected);
    });
  }

  /** Waits until these are the states of images, by what stands after the registry's name. */
  async showsReasons(expected: Readonly<Record<string, string | undefined>>): Promise<void> {
    await this.exporter.shows((scrape) => {
      const found = Object.keys(expected).map((path) => [path, scrape.reason(this.image(path))] as const);
      assert.deepEqual(Object.fromEntries(found), expected);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.registry.stop();
  }
}
