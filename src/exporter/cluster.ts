import type { Clock } from '../http/index.ts';
import {
  type ApiServer,
  createWorkloadInterner,
  createWorkloadReader,
  Reflector,
  type ReflectorObserver,
  type Resource,
} from '../kubernetes/index.ts';
import type { Inventory } from './inventory.ts';
import type { ExporterLog } from './log.ts';
import type { SelfMetrics } from './self-metrics.ts';

export interface ClusterOptions {
  readonly api: ApiServer;
  readonly resources: readonly Resource[];
  readonly imageVolumes: boolean;
  readonly inventory: Inventory;
  readonly self: SelfMetrics;
  readonly log: ExporterLog;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Everything that may be read has been. */
  readonly onSettled: () => void;
}

/** Objects per page where a server cannot stream them: more would hold everything else up while they are parsed. */
const PAGE = 250;

/** The workloads of a cluster, each kind followed by a reflector of its own. */
export class Cluster {
  readonly #options: ClusterOptions;
  readonly #reflectors: ReadonlyMap<Resource, Reflector<unknown>>;
  #settled = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
    const { api, resources, imageVolumes, inventory, self, clock, random, signal } = options;
    const intern = createWorkloadInterner();
    this.#reflectors = new Map(
      resources.map((resource) => [
        resource,
        new Reflector({
          api,
          path: resource.path,
          read: createWorkloadReader(resource, { imageVolumes, intern }),
          sink: inventory.sink(resource),
          observer: this.#observer(resource),
          pageSize: PAGE,
          clock,
          random,
          signal,
        }),
      ]),
    );
    self.onCollect(() => {
      for (const [{ name }, reflector] of this.#reflectors) {
        self.synced.set({ resource: name }, reflector.synced ? 1 : 0);
      }
      for (const resource of resources)
        self.objects.set({ resource: resource.name }, inventory.count(resource));
    });
  }

  /** Ends with the signal. */
  async run(): Promise<void> {
    await Promise.all([...this.#reflectors.values()].map((reflector) => reflector.run()));
  }

  /** The kinds that are still being read for the first time. */
  get unsettled(): readonly string[] {
    return [...this.#reflectors].filter(([, { settled }]) => !settled).map(([{ name }]) => name);
  }

  #observer({ name: resource }: Resource): ReflectorObserver {
    const { self, log, clock } = this.#options;
    return {
      onList: () => self.lists.add({ resource }),
      onListFailure: (reason) => {
        self.listFailures.add({ resource, reason });
        this.#check();
      },
      onSynced: () => {
        log.debug('synced', { resource });
        this.#check();
      },
      onWatch: () => self.watches.add({ resource }),
      onWatchFailure: (reason) => self.watchFailures.add({ resource, reason }),
      onEvent: () => self.lastEvent.set({ resource }, clock.now() / 1000),
      onFailure: ({ reason, error, retryIn }) => {
        const cause = error instanceof Error ? error.message : String(error);
        log.warn('the API server does not show a resource', {
          resource,
          reason,
          error: cause,
          retryInSeconds: Math.ceil(retryIn / 1000),
        });
      },
      onRecovered: () => log.info('the API server shows a resource again', { resource }),
    };
  }

  /** A reflector calls before it has changed its own state, so that it must have its turn first. */
  #check(): void {
    if (this.#settled) return;
    setImmediate(() => {
      if (this.#settled || this.unsettled.length > 0) return;
      this.#settled = true;
      this.#options.onSettled();
    });
  }
}
