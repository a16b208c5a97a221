import { MetricRegistry, type Section } from '../exposition/index.ts';
import { http } from '../http/index.ts';
import { HostLabels } from './host-labels.ts';
import { SELF_FAMILIES as F } from './self-families.ts';

/** What this exporter is built from and runs on. */
export interface BuildInfo {
  readonly version: string;
  readonly revision: string;
  readonly nodeVersion: string;
}

/** A request to a registry that ended, with an answer or a reason why there is none. */
export interface RegistryRequest {
  readonly host: string;
  readonly method: string;
  readonly milliseconds: number;
  /** Status of the answer; undefined where there was none. */
  readonly status: number | undefined;
  /** One of a few words; counts only where there was no answer. */
  readonly reason: string;
}

/** Hosts with series of their own, and what the others are counted under. */
const HOSTS = 200;
const OTHER = 'other';

const REQUEST_SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const SCRAPE_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** The exporter's own numbers, by the names of their families; times are in seconds, instants in Unix seconds. */
export class SelfMetrics {
  readonly #registry = new MetricRegistry();
  readonly #hosts = new HostLabels(HOSTS);
  readonly #collectors: (() => void)[] = [];

  readonly objects = this.#registry.samples(F.objects);
  readonly synced = this.#registry.samples(F.synced);
  readonly lists = this.#registry.samples(F.lists);
  readonly listFailures = this.#registry.samples(F.listFailures);
  readonly watches = this.#registry.samples(F.watches);
  readonly watchFailures = this.#registry.samples(F.watchFailures);
  readonly lastEvent = this.#registry.samples(F.lastEvent);
  readonly lookupQueueLength = this.#registry.samples(F.lookupQueueLength);
  readonly lookupsInFlight = this.#registry.samples(F.lookupsInFlight);
  readonly lookupLag = this.#registry.samples(F.lookupLag);
  readonly images = this.#registry.samples(F.images);
  readonly cacheEntries = this.#registry.samples(F.cacheEntries);
  readonly cacheHits = this.#registry.samples(F.cacheHits);
  readonly cacheMisses = this.#registry.samples(F.cacheMisses);
  readonly credentialFailures = this.#registry.samples(F.credentialFailures);
  readonly tokenExpiry = this.#registry.samples(F.tokenExpiry);
  readonly series = this.#registry.samples(F.series);
  readonly seriesDropped = this.#registry.samples(F.seriesDropped);
  readonly scrapesInFlight = this.#registry.samples(F.scrapesInFlight);
  readonly scrapeDuration = this.#registry.histogram(F.scrapeDuration, SCRAPE_SECONDS);

  readonly #registryRequests = this.#registry.samples(F.registryRequests);
  readonly #registryRequestFailures = this.#registry.samples(F.registryRequestFailures);
  readonly #registryRequestDuration = this.#registry.histogram(F.registryRequestDuration, REQUEST_SECONDS);
  readonly #ratelimitLimit = this.#registry.samples(F.ratelimitLimit);
  readonly #ratelimitRemaining = this.#registry.samples(F.ratelimitRemaining);
  readonly #backoffUntil = this.#registry.samples(F.backoffUntil);

  constructor({ version, revision, nodeVersion }: BuildInfo) {
    this.#registry.samples(F.buildInfo).set({ node_version: nodeVersion, revision, version }, 1);
  }

  /** Asked at each scrape to set gauges whose value lies elsewhere. */
  onCollect(collect: () => void): void {
    this.#collectors.push(collect);
  }

  registryRequest({ host, method, milliseconds, status, reason }: RegistryRequest): void {
    const label = this.#hosts.own(host) ?? OTHER;
    if (status === undefined) this.#registryRequestFailures.add({ host: label, reason });
    else this.#registryRequests.add({ host: label, method, code: codeLabel(status) });
    this.#registryRequestDuration.observe({ host: label }, milliseconds / 1000);
  }

  /** What a registry says of its quota; hosts beyond the limit have no such gauges, as theirs would contradict. */
  rateLimit(host: string, limit: number, remaining: number): void {
    const label = this.#hosts.own(host);
    if (label === undefined) return;
    this.#ratelimitLimit.set({ host: label }, limit);
    this.#ratelimitRemaining.set({ host: label }, remaining);
  }

  /** A registry is left alone until then, in milliseconds since the epoch. */
  backoff(host: string, until: number): void {
    const label = this.#hosts.own(host);
    if (label !== undefined) this.#backoffUntil.set({ host: label }, until / 1000);
  }

  sections(): readonly Section[] {
    for (const collect of this.#collectors) collect();
    return this.#registry.sections();
  }
}

// A registry may answer with any number; only those that mean something get series.
function codeLabel(status: number): string {
  return http.STATUS_CODES[status] === undefined ? OTHER : String(status);
}
