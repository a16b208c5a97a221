import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandFailure } from '../programs.ts';
import { COMMAND, type Outcome, runCommand } from './command.ts';
import { type Image, type Mapped, readMapping, readPlan } from './images.ts';
import { Registries, type Supply, type Traffic } from './registries.ts';

export interface StageOptions {
  readonly files: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** The command may draw its progress on our terminal. */
  readonly live: boolean;
  /** In milliseconds since the epoch. */
  readonly now: number;
}

/** What a command line says besides which manifests it is about. */
export interface ArgsOptions {
  /** Images to be passed over. */
  readonly ignored: readonly string[];
  /** What all targets begin with; `remotePath` when not given. */
  readonly into?: string;
  readonly more?: readonly string[];
}

/** A run that speaks on standard error, or is to fail. */
export interface QuietRun {
  readonly code: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A run of the command as the demo shows it. */
export interface ShownRun {
  readonly output: string;
  readonly mapping: readonly Mapped[];
  readonly traffic: Traffic;
  readonly milliseconds: number;
}

/** Everything the demonstration of `reimage` needs, and takes away when it is disposed of: two registries and a folder. */
export class Stage implements AsyncDisposable {
  readonly registries: Registries;
  /** What all targets begin with. */
  readonly remotePath: string;
  readonly #folder: string;
  readonly #options: StageOptions;

  private constructor(registries: Registries, folder: string, options: StageOptions) {
    this.registries = registries;
    this.remotePath = `${registries.companyHost}/acme`;
    this.#folder = folder;
    this.#options = options;
  }

  static async open(options: StageOptions): Promise<Stage> {
    const registries = await Registries.start();
    try {
      return new Stage(registries, await mkdtemp(join(tmpdir(), 'tallyman-demo-')), options);
    } catch (error) {
      await registries[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Lists the images of the manifests, and gives the manifests as the one stream that the command prints; asks no registry. */
  async scan(): Promise<{ readonly images: readonly Image[]; readonly stream: string }> {
    const untouched = ['-ignore', '.', ...this.#inputs()];
    const [plan, stream] = await Promise.all([
      this.#run(['-plan', ...untouched], false),
      this.#run(untouched, false),
    ]);
    return { images: readPlan(plan.stdout.toString()), stream: stream.stdout.toString() };
  }

  /** Sees that every image is there as far as possible, and writes the configuration that leads to them. */
  async supply(images: readonly Image[]): Promise<Supply & { readonly hosts: readonly string[] }> {
    const references = images.map(({ reference }) => reference);
    const hosts = [...new Set(references.map(({ repository }) => repository.registry))].toSorted();
    await this.registries.configure(this.#folder, hosts);
    return { hosts, ...this.registries.supply(references) };
  }

  /** The words of the command line. */
  args({ ignored, into = this.remotePath, more = [] }: ArgsOptions): readonly string[] {
    const pattern = ignored.map((text) => text.replace(/[.+?*()[\]{}|^$\\]/g, '\\$&')).join('|');
    const args = [
      ...this.#inputs(),
      '-registries-conf',
      this.path('registries.conf'),
      '-rename-remote-path',
      into,
      '-rename-force-digest',
      ...more,
    ];
    return ignored.length === 0 ? args : [...args, '-ignore', `^(${pattern})$`];
  }

  async run(args: readonly string[]): Promise<ShownRun> {
    const { stdout, milliseconds } = await this.#run(args, this.#options.live);
    return {
      output: stdout.toString(),
      mapping: readMapping(await readFile(this.mappingFile, 'utf8')),
      traffic: this.registries.takeTraffic(),
      milliseconds,
    };
  }

  /** Runs the command without a terminal. Throws when it ends with another code than the one that it should. */
  async runQuietly(args: readonly string[], { code, env = {} }: QuietRun): Promise<Outcome> {
    const outcome = await this.#runToEnd(args, { live: false, env });
    if (outcome.code !== code) throw failure(outcome, `, not with ${code}`);
    return outcome;
  }

  /** Where a file lies that is gone after the demo. */
  path(name: string): string {
    return join(this.#folder, name);
  }

  async write(name: string, text: string): Promise<string> {
    const path = this.path(name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.registries[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Where the first part of the demo has the mapping written. */
  get mappingFile(): string {
    return this.path('mapping.json');
  }

  /** The environment and the signal of all that the demo runs. */
  get env(): StageOptions['env'] {
    return this.#options.env;
  }

  get signal(): AbortSignal {
    return this.#options.signal;
  }

  get now(): number {
    return this.#options.now;
  }

  /** Programs of others get no more of the user's environment than ours. */
  get childEnv(): Readonly<Record<string, string | undefined>> {
    const { env } = this.#options;
    return {
      PATH: env['PATH'],
      TERM: env['TERM'],
      NO_COLOR: env['NO_COLOR'],
      HOME: this.#folder,
      DOCKER_CONFIG: this.#folder,
    };
  }

  #inputs(): readonly string[] {
    return this.#options.files.flatMap((file) => ['-f', file]);
  }

  async #run(args: readonly string[], live: boolean): Promise<Outcome> {
    const outcome = await this.#runToEnd(args, { live, env: {} });
    if (outcome.code !== 0) throw failure(outcome);
    return outcome;
  }

  async #runToEnd(
    args: readonly string[],
    { live, env }: { readonly live: boolean; readonly env: Readonly<Record<string, string>> },
  ): Promise<Outcome> {
    const { signal } = this.#options;
    return await runCommand(args, { env: { ...this.childEnv, ...env }, signal, live });
  }
}

function failure({ code, stderr }: Outcome, unlike = ''): CommandFailure {
  const words = stderr.trim();
  return new CommandFailure(`${COMMAND} ended with ${code}${unlike}${words === '' ? '' : `:\n${words}`}`);
}
