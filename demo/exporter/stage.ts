import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Digest } from '../../src/oci/index.ts';
import { type EmbeddedApiServer, startApiServer } from '../../src/testing/index.ts';
import { CommandFailure, findProgram, programPath } from '../programs.ts';
import { readSamples, type Sample } from './exposition.ts';
import { fillRegistries, NODE_EXPORTER, pushReport, removeCache } from './images.ts';
import { Prometheus } from './prometheus.ts';
import { Registries } from './registries.ts';
import { Service } from './service.ts';
import { type Names, objectsOf } from './workloads.ts';

export interface StageOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970: ages of images are counted from it. */
  readonly now: number;
}

/** An answer to a scrape. */
export interface Scrape {
  readonly text: string;
  readonly samples: readonly Sample[];
}

/** Requests by kind, at the API server and at the registries. */
export interface Asked {
  readonly api: Readonly<Record<string, number>>;
  readonly registries: Readonly<Record<string, number>>;
}

/** The built command, as seen from the root of the project. */
export const COMMAND = 'dist/container-image-exporter.js';
/** How long a look-up counts here, for the flag: long enough for scrapes in between, short enough to wait for. */
export const CACHE_DURATION = '2s';

/** Everything the demonstration of the exporter needs, and takes away when it is disposed of. */
export class ExporterStage implements AsyncDisposable {
  readonly registries: Registries;
  readonly api: EmbeddedApiServer;
  readonly names: Names;
  readonly #options: StageOptions;
  readonly #folder: string;
  #exporter: Service | undefined;
  #prometheus: Prometheus | undefined;
  #address = '';

  private constructor(
    parts: { readonly registries: Registries; readonly api: EmbeddedApiServer; readonly names: Names },
    folder: string,
    options: StageOptions,
  ) {
    this.registries = parts.registries;
    this.api = parts.api;
    this.names = parts.names;
    this.#folder = folder;
    this.#options = options;
  }

  static async open(options: StageOptions): Promise<ExporterStage> {
    const registries = await Registries.start();
    let api: EmbeddedApiServer | undefined;
    try {
      const pinned = fillRegistries(registries.standIn.store, registries.company.store, options.now);
      const names = { companyHost: registries.company.host, pinned: `${NODE_EXPORTER}@${pinned}` };
      api = await startApiServer({ objects: objectsOf(names, registries.login) });
      const folder = await mkdtemp(join(tmpdir(), 'tallyman-demo-'));
      return new ExporterStage({ registries, api, names }, folder, options);
    } catch (error) {
      await Promise.all([registries[Symbol.asyncDispose](), api?.stop()]);
      throw error;
    }
  }

  /** When it was opened, in milliseconds since 1970. */
  get now(): number {
    return this.#options.now;
  }

  /** Writes what the exporter is to know, and gives the words of its command line. */
  async configure(): Promise<readonly string[]> {
    const kubeconfig = join(this.#folder, 'kubeconfig');
    await writeFile(kubeconfig, kubeconfigFor(this.api.url));
    return [
      '--kubeconfig',
      kubeconfig,
      '--registries-conf',
      await this.registries.configure(this.#folder),
      '--metrics-bind-address',
      '127.0.0.1:0',
      '--health-probe-bind-address',
      '127.0.0.1:0',
      '--cache-duration',
      CACHE_DURATION,
    ];
  }

  /** Starts the exporter, and waits until it says that it is ready. */
  async start(args: readonly string[]): Promise<void> {
    const { env, signal } = this.#options;
    this.#exporter = new Service(process.execPath, [programPath(COMMAND), ...args], {
      name: COMMAND,
      // Nothing of the user's own settings or credentials takes part.
      env: { PATH: env['PATH'], HOME: this.#folder, DOCKER_CONFIG: this.#folder },
      signal,
    });
    const { log } = this.#exporter;
    const { metrics = '', probes = '' } = await this.exporter.until('addresses', () =>
      log
        .map((line) => /msg=listening metrics=(?<metrics>\S+) probes=(?<probes>\S+)/.exec(line)?.groups)
        .find(Boolean),
    );
    this.#address = metrics;
    await this.exporter.until('being ready', async () => {
      const { ok } = await fetch(`http://${probes}/readyz`, { signal });
      return ok || undefined;
    });
  }

  /** Where the metrics are served. */
  get metricsUrl(): string {
    return `http://${this.#address}/metrics`;
  }

  get exporter(): Service {
    if (!this.#exporter) throw new Error('the exporter is not started');
    return this.#exporter;
  }

  async scrape(): Promise<Scrape> {
    const answer = await fetch(this.metricsUrl, { signal: this.#options.signal });
    const text = await answer.text();
    if (!answer.ok) throw new CommandFailure(`${this.metricsUrl} answered ${answer.status}: ${text}`);
    return { text, samples: readSamples(text) };
  }

  /** Scrapes until what it shows is so. */
  async scrapeUntil(what: string, isSo: (samples: readonly Sample[]) => boolean): Promise<Scrape> {
    return await this.exporter.until(what, async () => {
      const scrape = await this.scrape();
      return isSo(scrape.samples) ? scrape : undefined;
    });
  }

  /** Starts Prometheus, if it is installed, to scrape the exporter. */
  async startPrometheus(): Promise<Prometheus | undefined> {
    const { env, signal } = this.#options;
    const program = await findProgram('prometheus', env);
    if (program === undefined) return undefined;
    this.#prometheus = await Prometheus.start(program, {
      folder: this.#folder,
      target: this.#address,
      env,
      signal,
    });
    return this.#prometheus;
  }

  /** What was asked since this was last told. */
  takeAsked(): Asked {
    const asked = { api: this.api.counts(), registries: this.registries.counts() };
    this.api.reset();
    this.registries.forget();
    return asked;
  }

  /** Somebody pushes the report's tag again; gives the digest that it now has. */
  pushReport(): Digest {
    return pushReport(this.registries.company.store, this.#options.now);
  }

  /** Whoever publishes the cache's image takes its tag away. */
  removeCache(): void {
    removeCache(this.registries.standIn.store);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#prometheus?.[Symbol.asyncDispose]();
    await this.#exporter?.[Symbol.asyncDispose]();
    await Promise.all([this.registries[Symbol.asyncDispose](), this.api.stop()]);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function kubeconfigFor(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'demo', cluster: { server } }],
    users: [{ name: 'demo', user: {} }],
    contexts: [{ name: 'demo', context: { cluster: 'demo', user: 'demo' } }],
    'current-context': 'demo',
  });
}
