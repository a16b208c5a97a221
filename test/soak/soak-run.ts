import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { Scrape } from '../exporter/scrape.ts';
import type { KubePrograms } from '../support/kube-programs.ts';
import { MeasuredExporter } from '../support/measured-exporter.ts';
import { Churn } from './churn.ts';
import { judgeMemory, type MemorySample, type MemoryVerdict } from './memory.ts';
import { Patience } from './patience.ts';
import { fillRegistries, Population } from './population.ts';
import { Random } from './random.ts';
import { Scraper } from './scraper.ts';
import type { Minute } from './soak-table.ts';
import { Truth } from './truth.ts';
import { Upheavals } from './upheavals.ts';
import { World } from './world.ts';

export interface SoakOptions {
  readonly programs: KubePrograms;
  /** Milliseconds. */
  readonly duration: number;
  /** Workloads, most of them Pods. */
  readonly workloads: number;
  readonly seed: number;
  /** Of the exporter, in seconds. */
  readonly cacheSeconds: number;
  /** Milliseconds of unrest before each quiet moment, and how many servers meet with something in it. */
  readonly unrest: number;
  readonly upheavals: number;
  /** Changes a second. */
  readonly rate: number;
  /** Milliseconds between two lines of the table. */
  readonly period: number;
  /** Ends the run early, with what was seen so far. */
  readonly signal: AbortSignal;
  /** Where the exporter's log goes; away with the rest when not given. */
  readonly log: string | undefined;
  /** Told of what happens. */
  readonly say: (text: string) => void;
  /** Told of each line of the table. */
  readonly onMinute: (minute: Minute) => void;
}

export interface SoakResult {
  readonly faults: readonly string[];
  readonly memory: MemoryVerdict | undefined;
  /** Bytes. */
  readonly peak: number;
  readonly comparisons: number;
  readonly upheavals: ReadonlyMap<string, number>;
  readonly exitCode: number | null;
}

const SAMPLE_MS = 5_000;
const SCRAPE_MS = 2_000;
const COMPARE_MS = 500;
const FIRST_SYNC_MS = 120_000;
/** Beyond the time in which everything must have been noticed: the machine may be busy. */
const GRACE_MS = 15_000;
const IMAGES_PER_WORKLOAD = 0.12;
const MOST_FAULTS = 50;

/** Runs the built exporter on a cluster that does not come to rest, and compares what it tells with what is so. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  await using world = await World.start(options.programs);
  await using run = await SoakRun.start(options, world);
  return await run.run();
}

class SoakRun implements AsyncDisposable {
  readonly #options: SoakOptions;
  readonly #world: World;
  readonly #truth = new Truth();
  readonly #patience = new Patience();
  readonly #churn: Churn;
  readonly #upheavals: Upheavals;
  readonly #exporter: MeasuredExporter;
  readonly #ended = new AbortController();
  readonly #faults: string[] = [];
  readonly #memory: MemorySample[] = [];
  readonly #scrapers: Scraper[];
  readonly #started = Date.now();
  #always: readonly string[] = [];
  #series = 0;
  #heap = 0;
  #comparisons = 0;

  private constructor(options: SoakOptions, world: World, exporter: MeasuredExporter, random: Random) {
    this.#options = options;
    this.#world = world;
    this.#exporter = exporter;
    const refresh = options.cacheSeconds * 1000 * (7 / 6) + GRACE_MS;
    fillRegistries(this.#truth, world, Math.max(60, Math.round(options.workloads * IMAGES_PER_WORKLOAD)));
    this.#churn = new Churn({
      world,
      truth: this.#truth,
      population: new Population(this.#truth, random, world.namespaces),
      patience: this.#patience,
      random,
      workloads: options.workloads,
      refresh,
      longestFailure: options.unrest / 3,
    });
    this.#upheavals = new Upheavals({
      world,
      patience: this.#patience,
      refresh,
      churn: (ms) => this.#unrest(ms),
      overlap: options.duration > OVERLAP_MS * 2 ? OVERLAP_MS : undefined,
    });
    this.#scrapers = [
      { 'accept-encoding': 'identity' },
      { 'accept-encoding': 'gzip', accept: 'application/openmetrics-text;version=1.0.0,*/*;q=0.1' },
    ].map(
      (headers) =>
        new Scraper({
          url: exporter.url,
          headers,
          intervalMs: SCRAPE_MS,
          signal: this.#ended.signal,
          always: () => this.#always,
          onFault: (fault) => this.#fault(fault),
        }),
    );
  }

  static async start(options: SoakOptions, world: World): Promise<SoakRun> {
    const exporter = await MeasuredExporter.start({
      kubeconfig: world.kubeconfig,
      args: [`--cache-duration=${options.cacheSeconds}s`, '--cloud-keychains=false'],
      ...(options.log === undefined ? {} : { log: options.log }),
    });
    return new SoakRun(options, world, exporter, new Random(options.seed));
  }

  async run(): Promise<SoakResult> {
    const { duration, say, unrest, upheavals, workloads, period, signal } = this.#options;
    await this.#world.writer.each(workloads, () => this.#churn.create());
    this.#patience.allow(FIRST_SYNC_MS);
    say(`${workloads} workloads are there`);
    await this.#compare();
    const background = [
      ...this.#scrapers.map((scraper) => scraper.run()),
      this.#every(SAMPLE_MS, () => this.#sample()),
      this.#every(period, () => this.#tell()),
    ];
    do {
      for (let index = 0; index < upheavals; index++) {
        await this.#unrest(unrest / (upheavals + 1));
        say(await this.#upheavals.next());
      }
      await this.#unrest(unrest / (upheavals + 1));
      await this.#compare();
    } while (Date.now() - this.#started < duration && !signal.aborted && !this.#exporter.ended);
    this.#ended.abort();
    await Promise.all(background);
    this.#sample();
    await this.#tell();
    const { peak } = this.#exporter.memory();
    const exitCode = await this.#exporter.stop();
    if (exitCode !== 0) this.#fault(`the exporter ended with ${exitCode}`);
    const log = await readFile(this.#exporter.log, 'utf8');
    for (const line of log.split('\n')) if (line.includes('"level":"error"')) this.#fault(line);
    const memory = judgeMemory(this.#memory);
    if (memory?.flat === false) this.#fault('memory is not flat');
    return {
      faults: this.#faults,
      memory,
      peak,
      comparisons: this.#comparisons,
      upheavals: this.#upheavals.counts,
      exitCode,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#exporter[Symbol.asyncDispose]();
  }

  /** Changes things for so many milliseconds. */
  async #unrest(ms: number): Promise<void> {
    const end = Date.now() + ms;
    while (Date.now() < end && !this.#options.signal.aborted) {
      await this.#churn.step();
      await wait(1000 / this.#options.rate);
    }
  }

  /** Waits until a scrape tells everything as it is; if that takes too long, what was wrong last is a fault. */
  async #compare(): Promise<void> {
    const started = Date.now();
    const deadline = Math.max(started, this.#patience.until) + GRACE_MS;
    for (;;) {
      const scrape = await this.#scrape();
      const { differences, compared } = this.#truth.compare(scrape);
      if (differences.length === 0) {
        this.#comparisons++;
        this.#options.say(`${compared} series are right after ${Date.now() - started} ms`);
        if (this.#always.length === 0) this.#always = unchangingLines(scrape, this.#truth);
        return;
      }
      if (this.#options.signal.aborted) return;
      if (Date.now() > deadline) {
        const total = `${differences.length} of ${compared} series are wrong`;
        this.#fault([total, ...differences.slice(0, MOST_FAULTS)].join('\n  '));
        return;
      }
      await wait(COMPARE_MS);
    }
  }

  async #scrape(): Promise<Scrape> {
    const answer = await fetch(this.#exporter.url);
    return new Scrape(new Uint8Array(await answer.arrayBuffer()));
  }

  #sample(): void {
    const { resident } = this.#exporter.memory();
    this.#memory.push({ at: Date.now() - this.#started, resident });
  }

  async #tell(): Promise<void> {
    const scrape = await this.#scrape();
    this.#series = scrape.families.reduce((sum, { samples }) => sum + samples.length, 0);
    this.#heap = scrape.value('nodejs_heap_size_used_bytes') ?? 0;
    this.#options.onMinute({
      at: Date.now() - this.#started,
      ...this.#exporter.memory(),
      heap: this.#heap,
      series: this.#series,
      openFiles: this.#exporter.openFiles(),
      workloads: this.#truth.workloads.size,
      changes: this.#churn.done,
      requests: this.#world.registries.map((registry) => registry.countRequests()),
      upheavals: this.#upheavals.total,
      scrapes: this.#scrapers.map(({ count }) => count),
      slowest: Math.max(...this.#scrapers.map((scraper) => scraper.takeSlowest())),
    });
  }

  async #every(ms: number, work: () => void | Promise<void>): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await wait(ms, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await work();
    }
  }

  #fault(text: string): void {
    if (this.#faults.length < MOST_FAULTS) this.#faults.push(text);
    this.#options.say(`FAULT: ${text}`);
  }
}

/** An old password is good for longer than a secret is believed. */
const OVERLAP_MS = 6.5 * 60_000;

/** The lines of what never changes, as a scrape that was right had them. */
function unchangingLines({ text }: Scrape, { workloads }: Truth): string[] {
  const names = [...workloads].filter(({ unchanging }) => unchanging).map(({ name }) => `name="${name}",`);
  return text.split('\n').filter((line) => names.some((name) => line.includes(name)));
}
