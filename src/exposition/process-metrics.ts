import { PROCESS_FAMILIES as F } from './process-families.ts';
import type { Section } from './section.ts';
import { MetricRegistry } from './metric-registry.ts';

/** What the operating system and V8 say of a process; undefined where they do not. */
export interface ProcessSource {
  /** Unix time in seconds. */
  readonly startTime: number;
  cpuSeconds(): number;
  /** In bytes. */
  memory(): {
    readonly rss: number;
    readonly heapTotal: number;
    readonly heapUsed: number;
    readonly external: number;
  };
  virtualMemory(): number | undefined;
  openFds(): number | undefined;
  maxFds(): number | undefined;
  /** Longest delay of the event loop in seconds since this was last asked. */
  longestLag(): number;
}

/** The numbers of the process. */
export class ProcessMetrics {
  readonly #source: ProcessSource;
  readonly #registry = new MetricRegistry();
  readonly #cpu = this.#registry.samples(F.cpu);
  readonly #residentMemory = this.#registry.samples(F.residentMemory);
  readonly #virtualMemory = this.#registry.samples(F.virtualMemory);
  readonly #openFds = this.#registry.samples(F.openFds);
  readonly #maxFds = this.#registry.samples(F.maxFds);
  readonly #startTime = this.#registry.samples(F.startTime);
  readonly #eventLoopLag = this.#registry.samples(F.eventLoopLag);
  readonly #externalMemory = this.#registry.samples(F.externalMemory);
  readonly #heapTotal = this.#registry.samples(F.heapTotal);
  readonly #heapUsed = this.#registry.samples(F.heapUsed);

  constructor(source: ProcessSource) {
    this.#source = source;
  }

  sections(): readonly Section[] {
    const source = this.#source;
    const memory = source.memory();
    this.#cpu.set({}, source.cpuSeconds());
    this.#residentMemory.set({}, memory.rss);
    this.#heapTotal.set({}, memory.heapTotal);
    this.#heapUsed.set({}, memory.heapUsed);
    this.#externalMemory.set({}, memory.external);
    this.#startTime.set({}, source.startTime);
    this.#eventLoopLag.set({}, source.longestLag());
    const [virtual, open, max] = [source.virtualMemory(), source.openFds(), source.maxFds()];
    if (virtual !== undefined) this.#virtualMemory.set({}, virtual);
    if (open !== undefined) this.#openFds.set({}, open);
    if (max !== undefined) this.#maxFds.set({}, max);
    return this.#registry.sections();
  }
}
