import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { BackgroundProcess, freePorts } from './kube-process.ts';

/** One series of an instant vector. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a scrape configuration of Prometheus needs, as in its file. */
export interface ScrapeJob {
  readonly job_name: string;
  readonly [field: string]: unknown;
}

/** Starts Prometheus on a free loopback port, with these jobs, and waits until it answers. */
export async function startPrometheus(program: string, jobs: readonly ScrapeJob[]): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-prometheus-'));
  const [port = 0] = await freePorts(1);
  const config = { global: { scrape_interval: '500ms', scrape_timeout: '500ms' }, scrape_configs: jobs };
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const args = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = await BackgroundProcess.start(program, args, join(folder, 'log'));
  const prometheus = new Prometheus(`http://127.0.0.1:${port}`, child, folder);
  try {
    await eventually(async () => {
      if ((await fetch(`${prometheus.url}/-/ready`)).status !== 200) throw new Error(await child.lastWords());
    });
    return prometheus;
  } catch (cause) {
    await prometheus[Symbol.asyncDispose]();
    throw new Error(`${program} did not start`, { cause });
  }
}

/** A real Prometheus with storage of its own. */
export class Prometheus implements AsyncDisposable {
  readonly url: string;
  readonly #child: BackgroundProcess;
  readonly #folder: string;

  constructor(url: string, child: BackgroundProcess, folder: string) {
    this.url = url;
    this.#child = child;
    this.#folder = folder;
  }

  /** Asks for an instant vector of now; throws what Prometheus says of a query that fails. */
  async query(promql: string): Promise<readonly Sample[]> {
    const answer = await fetch(`${this.url}/api/v1/query`, {
      method: 'POST',
      body: new URLSearchParams({ query: promql }),
    });
    const { status, error, data }: QueryAnswer = JSON.parse(await answer.text());
    if (status !== 'success' || data?.resultType !== 'vector')
      throw new Error(`${promql}: ${error ?? data?.resultType ?? status}`);
    return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stop('SIGKILL');
    await rm(this.#folder, { recursive: true, force: true });
  }
}

interface QueryAnswer {
  readonly status: string;
  readonly error?: string;
  readonly data?: {
    readonly resultType: string;
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [time: number, value: string];
    }[];
  };
}
