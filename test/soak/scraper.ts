import { setTimeout as wait } from 'node:timers/promises';

export interface ScraperOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  /** Lines that each scrape must have. */
  readonly always: () => readonly string[];
  readonly onFault: (fault: string) => void;
}

/** Scrapes on and on, as Prometheus does, and looks at what must be there whatever happens. */
export class Scraper {
  readonly #options: ScraperOptions;
  count = 0;
  /** Milliseconds of the slowest since it was last looked at. */
  #slowest = 0;

  constructor(options: ScraperOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { signal, intervalMs, onFault } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#scrape();
        await wait(intervalMs, undefined, { signal });
      } catch (error) {
        if (signal.aborted) return;
        onFault(`a scrape failed: ${String(error)}`);
        await wait(intervalMs);
      }
    }
  }

  takeSlowest(): number {
    const slowest = this.#slowest;
    this.#slowest = 0;
    return slowest;
  }

  async #scrape(): Promise<void> {
    const { url, headers, signal, always, onFault } = this.#options;
    const wanted = always();
    const started = performance.now();
    const answer = await fetch(url, { headers, signal });
    const text = await answer.text();
    this.#slowest = Math.max(this.#slowest, performance.now() - started);
    this.count++;
    if (answer.status !== 200) onFault(`a scrape was answered ${answer.status}`);
    for (const line of wanted) if (!text.includes(line)) onFault(`a scrape lacks ${line}`);
  }
}
