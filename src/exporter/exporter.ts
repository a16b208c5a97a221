import type { Clock } from '../http/index.ts';
import type { ApiServer, Resource } from '../kubernetes/index.ts';
import { ImageLookups, type LookupStatus, type PullAccess, type Registry } from '../lookups/index.ts';
import type { Platform, Reference } from '../oci/index.ts';
import type { RateLimit } from '../registry/index.ts';
import { Cluster } from './cluster.ts';
import type { ExporterMetrics } from './exporter-metrics.ts';
import { Inventory } from './inventory.ts';
import type { ExporterLog } from './log.ts';

export interface ExporterOptions {
  readonly api: ApiServer;
  readonly resources: readonly Resource[];
  /** Whether images that are mounted as volumes count. */
  readonly imageVolumes: boolean;
  readonly registry: Registry;
  readonly access: PullAccess;
  /** Whose image of an index is described; undefined for the first. */
  readonly platform: Platform | undefined;
  /** How long a look-up counts, in milliseconds. */
  readonly cacheDuration: number;
  readonly metrics: ExporterMetrics;
  readonly log: ExporterLog;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Ends everything. */
  readonly signal: AbortSignal;
}

/** What runs in a cluster, as series: reflectors feed the inventory, the inventory feeds look-ups, and all feed the lines of a scrape. */
export class Exporter {
  readonly #options: ExporterOptions;
  readonly #inventory: Inventory;
  readonly #lookups: ImageLookups;
  readonly #cluster: Cluster;
  readonly #digests = new Map<string, string>();

  constructor(options: ExporterOptions) {
    this.#options = options;
    const { log } = options;
    const { images, self } = options.metrics;
    const digestOf = (image: string): string => this.#digests.get(image) ?? '';
    this.#lookups = new ImageLookups({
      ...options,
      onStatus: (image, status, reference) => this.#status(image, status, reference),
      onStatusGone: (image) => this.#statusGone(image),
      onFacts: (facts) => images.putFacts(facts),
      onFactsGone: (digest) => images.deleteFacts(digest),
      onFailure: ({ name, texts, reason, error }) =>
        log.warn('an image cannot be looked up', {
          image: name,
          object: texts.map((text) => this.#inventory.anyUser(text)).find((user) => user !== undefined),
          reason,
          error: error.message,
        }),
      onRecovered: (name) => log.info('an image can be looked up again', { image: name }),
      onFirstRound: () => log.info('ready', { images: this.#lookups.stats().references }),
    });
    this.#inventory = new Inventory({
      images: this.#lookups,
      lines: {
        put: (resource, key, workload) => images.putWorkload(resource, key, workload, digestOf),
        delete: (resource, key) => images.deleteWorkload(resource, key),
      },
      now: () => performance.now(),
      later: (work) => void setImmediate(work),
    });
    this.#cluster = new Cluster({
      ...options,
      self,
      inventory: this.#inventory,
      onSettled: () => {
        log.info('all workloads are known', { images: this.#lookups.stats().references });
        this.#lookups.armFirstRound();
      },
    });
    self.onCollect(() => this.#collect());
  }

  /** Ends with the signal. */
  async run(): Promise<void> {
    await this.#cluster.run();
  }

  /** Why it is not ready; nothing when it is. */
  unready(): readonly string[] {
    const { unsettled } = this.#cluster;
    if (unsettled.length > 0) return unsettled.map((name) => `${name} are not yet known`);
    return this.#lookups.firstRoundDone ? [] : ['images are being looked up for the first time'];
  }

  /** Takes in what a registry told of its limit of pulls. */
  noteRateLimit(registry: string, limit: RateLimit): void {
    this.#lookups.noteRateLimit(registry, limit);
  }

  #status(image: string, status: LookupStatus, reference: Reference | undefined): void {
    this.#options.metrics.images.putStatus(image, status, reference);
    const digest = status.digest ?? '';
    if (digest === (this.#digests.get(image) ?? '')) return;
    this.#digests.set(image, digest);
    this.#inventory.changed(image);
  }

  #statusGone(image: string): void {
    this.#digests.delete(image);
    this.#options.metrics.images.deleteStatus(image);
  }

  #collect(): void {
    const { self } = this.#options.metrics;
    const stats = this.#lookups.stats();
    self.lookupQueueLength.set({}, stats.queued);
    self.lookupsInFlight.set({}, stats.inFlight);
    self.lookupLag.set({}, stats.lagMs / 1000);
    for (const [reason, count] of Object.entries(stats.images)) self.images.set({ reason }, count);
    self.cacheEntries.set({ cache: 'references' }, stats.references);
    self.cacheEntries.set({ cache: 'facts' }, stats.digests);
    self.cacheHits.set({ cache: 'facts' }, stats.factHits);
    self.cacheMisses.set({ cache: 'facts' }, stats.factMisses);
  }
}
