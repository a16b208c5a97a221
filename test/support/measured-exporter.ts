import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export interface MeasuredExporterOptions {
  readonly kubeconfig: string;
  readonly args?: readonly string[];
  /** Of Node, besides those of the image. */
  readonly nodeArgs?: readonly string[];
  /** Where its log goes; away with it when not given. */
  readonly log?: string;
}

/** Bytes of a process, as Linux counts them. */
export interface ProcessMemory {
  readonly resident: number;
  /** The most that it ever had resident. */
  readonly peak: number;
}

const DIST = join(import.meta.dirname, '../../dist');
/** As in deploy/image/Dockerfile. */
const NODE_ARGS = ['--max-semi-space-size=4'];
const LISTENS_WITHIN_MS = 30_000;

/** The built exporter as its image runs it, watched from outside; builds that come later do not touch it. */
export class MeasuredExporter implements AsyncDisposable {
  readonly log: string;
  /** When the process was started, in milliseconds of `performance.now`. */
  readonly started = performance.now();
  readonly #folder: string;
  readonly #child: ChildProcess;
  #address = '';

  private constructor(folder: string, log: string, child: ChildProcess) {
    this.#folder = folder;
    this.log = log;
    this.#child = child;
  }

  /** Starts a copy of what was built, on a free port, and waits until it listens. */
  static async start(options: MeasuredExporterOptions): Promise<MeasuredExporter> {
    const folder = await mkdtemp(join(tmpdir(), 'tallyman-measured-'));
    await cp(DIST, join(folder, 'dist'), { recursive: true });
    await writeFile(join(folder, 'kubeconfig'), options.kubeconfig);
    const { log = join(folder, 'log') } = options;
    await using file = await open(log, 'w');
    const args = [
      ...NODE_ARGS,
      ...(options.nodeArgs ?? []),
      join(folder, 'dist', 'container-image-exporter.js'),
      `--kubeconfig=${join(folder, 'kubeconfig')}`,
      '--metrics-bind-address=127.0.0.1:0',
      '--health-probe-bind-address=0',
      '--log-format=json',
      ...(options.args ?? []),
    ];
    const env = { PATH: process.env['PATH'], HOME: folder };
    const child = spawn(process.execPath, args, { env, cwd: folder, stdio: ['ignore', file.fd, file.fd] });
    const exporter = new MeasuredExporter(folder, log, child);
    try {
      await exporter.#listening();
      return exporter;
    } catch (error) {
      await exporter[Symbol.asyncDispose]();
      throw error;
    }
  }

  get url(): string {
    return `http://${this.#address}/metrics`;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  memory(): ProcessMemory {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    const bytes = (name: string): number =>
      Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) * 1024;
    return { resident: bytes('VmRSS'), peak: bytes('VmHWM') };
  }

  openFiles(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** Ends it as Kubernetes does; its exit code. */
  async stop(): Promise<number | null> {
    if (!this.ended) {
      const exit = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      await exit;
    }
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.ended) {
      const exit = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await exit;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #listening(): Promise<void> {
    const deadline = Date.now() + LISTENS_WITHIN_MS;
    for (;;) {
      const text = await readFile(this.log, 'utf8');
      this.#address = /"metrics":"([^"]+)"/.exec(text)?.[1] ?? '';
      if (this.#address !== '') return;
      if (this.ended || Date.now() > deadline) throw new Error(`the exporter does not listen: ${text}`);
      await wait(10);
    }
  }
}
