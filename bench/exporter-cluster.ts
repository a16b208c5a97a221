import { setTimeout as wait } from 'node:timers/promises';
import { type KubeApiserver, startKubeApiserver } from '../test/support/kube-apiserver.ts';
import { findKube } from '../test/support/kube-programs.ts';
import { KubeWriter } from '../test/support/kube-writer.ts';
import { MeasuredExporter } from '../test/support/measured-exporter.ts';
import {
  type ClusterObject,
  deploymentObject,
  NAMESPACES,
  namespaceObject,
  podObject,
} from './exporter-objects.ts';
import type { Lab } from './lab.ts';
import { imageCount, imageName } from './seed.ts';
import { Server } from './server.ts';

const PODS = 10_000;
const DEPLOYMENTS = 250;
const ROUND_TRIP_MS = 50;
const SEED = 'many images';
/** Verbs and resources that are the exporter's business. */
const WATCHED =
  /^apiserver_request_total\{.*resource="(?:pods|deployments|statefulsets|daemonsets|replicasets|replicationcontrollers|jobs|cronjobs|secrets|serviceaccounts)".*verb="(?:GET|LIST|WATCH|WATCHLIST)".* (\d+)$/gm;

/** A real API server with 10,000 Pods, and a registry 50 ms away with their images. */
export class ExporterCluster implements AsyncDisposable {
  /** Two for each Pod and each Deployment. */
  readonly containers = 2 * (PODS + DEPLOYMENTS);
  readonly registry: Server;
  readonly #kube: KubeApiserver;

  private constructor(kube: KubeApiserver, registry: Server) {
    this.#kube = kube;
    this.registry = registry;
  }

  static async start(lab: Lab): Promise<ExporterCluster> {
    const programs = await findKube('new');
    if (typeof programs === 'string') throw new Error(programs);
    lab.say(`filling a registry ${ROUND_TRIP_MS} ms away`);
    const kube = await startKubeApiserver(programs, { etcd: 'new' });
    const started: AsyncDisposable[] = [kube];
    try {
      const registry = await Server.start({ kind: 'docker', seed: SEED, roundTripMs: ROUND_TRIP_MS });
      started.push(registry);
      const cluster = new ExporterCluster(kube, registry);
      lab.say(`creating ${PODS} Pods`);
      await cluster.#fill();
      return cluster;
    } catch (error) {
      for (const server of started) await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  async startExporter(args: readonly string[] = []): Promise<MeasuredExporter> {
    return await MeasuredExporter.start({ kubeconfig: this.#kube.kubeconfig(), args });
  }

  /** Requests for workloads and their secrets that the API server has answered so far. */
  async apiRequests(): Promise<number> {
    const { text } = await this.#kube.admin.send('GET', '/metrics');
    let sum = 0;
    for (const [, number] of text.matchAll(WATCHED)) sum += Number(number);
    // It has asked for service accounts at least: nothing at all would mean that the names of the counters are others.
    if (sum === 0) throw new Error('the API server counts no requests of the exporter');
    return sum;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kube[Symbol.asyncDispose]();
    await this.registry[Symbol.asyncDispose]();
  }

  async #fill(): Promise<void> {
    using writer = new KubeWriter(this.#kube);
    const image = (index: number): string => `${this.registry.host}/${imageName(index % imageCount(SEED))}`;
    const create = ({ path, body }: ClusterObject): Promise<void> => writer.create(path, body);
    await writer.each(NAMESPACES, (index) => create(namespaceObject(index)));
    await writer.each(DEPLOYMENTS, (index) => create(deploymentObject(index, image)));
    await writer.each(PODS, (index) => create(podObject(index, DEPLOYMENTS, image)));
    // It has caches to fill and garbage to collect, which is not to be measured.
    await wait(5000);
  }
}

/** Starts the cluster for the first row that needs it; the others use the same, as filling it takes a minute. */
export class SharedCluster implements AsyncDisposable {
  #cluster: Promise<ExporterCluster> | undefined;

  async get(lab: Lab): Promise<ExporterCluster> {
    this.#cluster ??= ExporterCluster.start(lab);
    return await this.#cluster;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#cluster)?.[Symbol.asyncDispose]();
  }
}
