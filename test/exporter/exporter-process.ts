import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import { Scrape } from './scrape.ts';

/** One line of the log, in JSON. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface ExporterOptions {
  /** Text of the kubeconfig; none is given to it when undefined. */
  readonly kubeconfig?: string;
  /** After those by which the tests find its ports and read its log. */
  readonly args?: readonly string[];
  /** Text of docker's configuration. */
  readonly dockerConfig?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Files of its home besides, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** How an exporter ended. */
export interface Ending {
  readonly code: number | null;
  readonly milliseconds: number;
}

const PROGRAM = join(import.meta.dirname, '../../dist/container-image-exporter.js');
/** Askers within this time share a scrape that begins after it. */
const SHARED_MS = 50;

/** The file to run, for tests that start the process themselves. */
export function builtExporter(): string {
  if (!existsSync(PROGRAM)) throw new Error('dist/container-image-exporter.js is not there: npm run build');
  return PROGRAM;
}

/** Starts the built exporter on free ports and waits until it listens. */
export async function startExporter(options: ExporterOptions): Promise<ExporterProcess> {
  const exporter = await launchExporter(options);
  try {
    await eventually(() => {
      if (exporter.ended) throw new Error(`the exporter ended: ${exporter.stderr}`);
      return exporter.metricsUrl;
    });
    return exporter;
  } catch (error) {
    await exporter[Symbol.asyncDispose]();
    throw error;
  }
}

/** Starts the built exporter and waits for nothing. */
export async function launchExporter({
  kubeconfig,
  args = [],
  dockerConfig,
  env = {},
  files = {},
}: ExporterOptions): Promise<ExporterProcess> {
  const home = await mkdtemp(join(tmpdir(), 'tallyman-exporter-'));
  const all = {
    ...files,
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(dockerConfig === undefined ? {} : { 'config.json': dockerConfig }),
  };
  for (const [name, text] of Object.entries(all)) await writeFile(join(home, name), text);
  const child = spawn(
    process.execPath,
    [
      builtExporter(),
      ...(kubeconfig === undefined ? [] : [`--kubeconfig=${join(home, 'kubeconfig')}`]),
      '--metrics-bind-address=127.0.0.1:0',
      '--health-probe-bind-address=127.0.0.1:0',
      '--log-format=json',
      // Off the clouds nobody has anything to say, and the tests would wait to hear it.
      '--cloud-keychains=false',
      ...args,
    ],
    // Nothing of whoever runs the tests: no configuration, no logins.
    {
      env: { PATH: process.env['PATH'], HOME: home, DOCKER_CONFIG: home, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  return new ExporterProcess(child, home);
}

/** The built exporter while it runs. */
export class ExporterProcess implements AsyncDisposable {
  /** Its home, with its kubeconfig and docker's configuration; gone after it. */
  readonly home: string;
  readonly #child: ChildProcess;
  #stderr = '';
  #stdout = '';
  #next: Promise<Scrape> | undefined;

  constructor(child: ChildProcess, home: string) {
    this.#child = child;
    this.home = home;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** What it wrote so far. */
  get stderr(): string {
    return this.#stderr;
  }

  get stdout(): string {
    return this.#stdout;
  }

  /** The log so far, with those words in its messages. */
  log(words = ''): LogLine[] {
    const lines = this.#stderr.slice(0, this.#stderr.lastIndexOf('\n') + 1).split('\n');
    const all = lines.filter((line) => line !== '').map((line): LogLine => JSON.parse(line));
    return all.filter(({ msg }) => msg.includes(words));
  }

  /** Throws until it listens. */
  get metricsUrl(): string {
    return `http://${this.#address('metrics')}/metrics`;
  }

  get probesUrl(): string {
    return `http://${this.#address('probes')}`;
  }

  /** A scrape that begins after this call. */
  scrape(): Promise<Scrape> {
    this.#next ??= this.#scrapeSoon();
    return this.#next;
  }

  /** Waits until a scrape fulfils what is asserted of it. */
  async shows<T>(assertion: (scrape: Scrape) => T): Promise<T> {
    return await eventually(async () => assertion(await this.scrape()));
  }

  /** Status and text of `/readyz`, or of another probe. */
  async probe(path = '/readyz'): Promise<readonly [status: number, text: string]> {
    const answer = await fetch(this.probesUrl + path);
    return [answer.status, await answer.text()];
  }

  async ready(): Promise<void> {
    await eventually(async () => {
      const [status, text] = await this.probe();
      if (status !== 200) throw new Error(`not ready: ${text}${this.#stderr}`);
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ending> {
    const started = Date.now();
    this.#child.kill(signal);
    const code = await this.end();
    return { code, milliseconds: Date.now() - started };
  }

  /** Its exit code, when it has ended and all it wrote was read. */
  async end(): Promise<number | null> {
    if (!this.ended || this.#child.stderr?.readableEnded === false) await once(this.#child, 'close');
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.ended) await this.stop('SIGKILL');
    await rm(this.home, { recursive: true, force: true });
  }

  async #scrapeSoon(): Promise<Scrape> {
    await wait(SHARED_MS);
    this.#next = undefined;
    const answer = await fetch(this.metricsUrl);
    if (answer.status !== 200) throw new Error(`a scrape is answered ${answer.status}`);
    return new Scrape(new Uint8Array(await answer.arrayBuffer()));
  }

  #address(name: 'metrics' | 'probes'): string {
    const [line] = this.log('listening');
    if (!line) throw new Error(`it does not listen: ${this.#stderr}`);
    return String(line[name]);
  }
}
