import { startKubeApiserver, type KubeApiserver, type KubeRule } from '../support/kube-apiserver.ts';
import type { KubePrograms } from '../support/kube-programs.ts';
import { KubeWriter } from '../support/kube-writer.ts';
import { login, pullSecret } from '../exporter/workloads.ts';
import { Gate } from './gate.ts';
import { SoakRegistry } from './soak-registry.ts';
import { PULL_SECRET } from './tracked-workload.ts';

const READ = ['get', 'list', 'watch'];
/** As in deploy/manifests. */
const RIGHTS: readonly KubeRule[] = [
  { apiGroups: [''], resources: ['pods', 'replicationcontrollers'], verbs: READ },
  { apiGroups: [''], resources: ['secrets', 'serviceaccounts'], verbs: ['get', 'list'] },
  {
    apiGroups: ['apps'],
    resources: ['deployments', 'statefulsets', 'daemonsets', 'replicasets'],
    verbs: READ,
  },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: READ },
];
const USER = 'exporter';
const PULLER = 'puller';
const NAMESPACES = 5;

/** A real API server, a registry for everybody and one that wants a login, each behind a gate. */
export class World implements AsyncDisposable {
  readonly kube: KubeApiserver;
  readonly writer: KubeWriter;
  /** Between the exporter and the API server. */
  readonly apiGate: Gate;
  readonly registries: readonly [open: SoakRegistry, closed: SoakRegistry];
  readonly namespaces = Array.from({ length: NAMESPACES }, (_, index) => `soak-${index}`);
  #passwords = 1;

  private constructor(kube: KubeApiserver, apiGate: Gate, registries: World['registries']) {
    this.kube = kube;
    this.writer = new KubeWriter(kube);
    this.apiGate = apiGate;
    this.registries = registries;
  }

  static async start(programs: KubePrograms): Promise<World> {
    const kube = await startKubeApiserver(programs, { etcd: 'new', users: [USER] });
    const gate = await Gate.open(() => Number(new URL(kube.url).port));
    const open = await SoakRegistry.start();
    const closed = await SoakRegistry.start({ name: PULLER, password: passwordOf(1) });
    const world = new World(kube, gate, [open, closed]);
    try {
      await kube.grant(USER, RIGHTS);
      for (const namespace of world.namespaces) {
        await world.writer.create('/api/v1/namespaces', { metadata: { name: namespace } });
        await world.writer.create(`/api/v1/namespaces/${namespace}/secrets`, world.#secret());
      }
      return world;
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** By which the exporter reaches the API server. */
  get kubeconfig(): string {
    const direct = this.kube.kubeconfig(this.kube.tokenOf(USER));
    return direct.replace(this.kube.url, `https://${this.apiGate.host}`);
  }

  /** Gives the pull secrets of all namespaces another password; the old one goes on being good. */
  async rotatePassword(): Promise<void> {
    this.#passwords++;
    this.registries[1].allow({ name: PULLER, password: passwordOf(this.#passwords) });
    for (const namespace of this.namespaces) {
      const path = `/api/v1/namespaces/${namespace}/secrets/${PULL_SECRET}`;
      await this.writer.patch(path, this.#secret());
    }
  }

  async restartApi(signal: NodeJS.Signals): Promise<void> {
    await this.kube.restart(signal);
    this.writer.reconnect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.writer[Symbol.dispose]();
    for (const registry of this.registries) await registry[Symbol.asyncDispose]();
    await this.apiGate[Symbol.asyncDispose]();
    await this.kube[Symbol.asyncDispose]();
  }

  #secret(): object {
    const host = this.registries[1].host;
    return pullSecret(PULL_SECRET, 'dockerconfigjson', {
      auths: { [host]: login(PULLER, passwordOf(this.#passwords)) },
    });
  }
}

function passwordOf(number: number): string {
  return `password-${number}`;
}
