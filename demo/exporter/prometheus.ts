import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject, list, member } from '../json.ts';
import { CommandFailure } from '../programs.ts';
import { Service } from './service.ts';

export interface PrometheusOptions {
  /** For its configuration and its data. */
  readonly folder: string;
  /** `HOST:PORT` of what it scrapes. */
  readonly target: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** One series of an answer. */
export interface Answer {
  readonly labels: Readonly<Record<string, unknown>>;
  readonly value: number;
}

const SCRAPE_INTERVAL = '250ms';

/** A real Prometheus that scrapes one target, and is asked over its HTTP API. */
export class Prometheus implements AsyncDisposable {
  readonly #service: Service;
  readonly #address: string;
  readonly #signal: AbortSignal;

  private constructor(service: Service, address: string, signal: AbortSignal) {
    this.#service = service;
    this.#address = address;
    this.#signal = signal;
  }

  static async start(
    program: string,
    { folder, target, env, signal }: PrometheusOptions,
  ): Promise<Prometheus> {
    const home = join(folder, 'prometheus');
    const config = join(home, 'prometheus.yml');
    await mkdir(home);
    await writeFile(
      config,
      JSON.stringify({
        global: { scrape_interval: SCRAPE_INTERVAL, scrape_timeout: SCRAPE_INTERVAL },
        scrape_configs: [{ job_name: 'images', static_configs: [{ targets: [target] }] }],
      }),
    );
    const service = new Service(
      program,
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(home, 'data')}`,
        '--web.listen-address=127.0.0.1:0',
      ],
      { name: 'prometheus', env: { PATH: env['PATH'], HOME: home }, signal },
    );
    try {
      const address = await service.until('an address', () =>
        service.log.map((line) => /msg="Listening on" address=(\S+)/.exec(line)?.[1]).find(Boolean),
      );
      return new Prometheus(service, address, signal);
    } catch (error) {
      await service[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Asks a question in PromQL; none of its answers while Prometheus starts. */
  async ask(query: string): Promise<readonly Answer[]> {
    const url = `http://${this.#address}/api/v1/query?${new URLSearchParams({ query }).toString()}`;
    const answer = await fetch(url, { signal: this.#signal });
    const text = await answer.text();
    if (answer.status === 503) return [];
    if (!answer.ok) throw new CommandFailure(`prometheus answered ${answer.status} to ${query}: ${text}`);
    return list(member(member(JSON.parse(text), 'data'), 'result')).map((series) => ({
      labels: labelsOf(member(series, 'metric')),
      value: Number(list(member(series, 'value'))[1]),
    }));
  }

  /** Asks until Prometheus has seen something: until the query has an answer. */
  async waitFor(query: string): Promise<void> {
    await this.#service.until(
      `an answer to ${query}`,
      async () => (await this.ask(query)).length > 0 || undefined,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service[Symbol.asyncDispose]();
  }
}

function labelsOf(metric: unknown): Readonly<Record<string, unknown>> {
  return isObject(metric) ? metric : {};
}
