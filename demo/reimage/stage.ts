import { mkdtemp, readFile, rm } from 'node:fs/promises';
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

  /** The words of the command line; images in `ignored` are passed over. */
  args(ignored: readonly string[]): readonly string[] {
    const pattern = ignored.map((text) => text.replace(/[.+?*()[\]{}|^$\\]/g, '\\$&')).join('|');
    const args = [
      ...this.#inputs(),
      '-registries-conf',
      join(this.#folder, 'registries.conf'),
      '-rename-remote-path',
      this.remotePath,
      '-rename-force-digest',
      '-write-json-mappings-file',
      this.#mappingFile,
    ];
    return ignored.length === 0 ? args : [...args, '-ignore', `^(${pattern})$`];
  }

  async run(args: readonly string[]): Promise<ShownRun> {
    const { stdout, milliseconds } = await this.#run(args, this.#options.live);
    return {
      output: stdout.toString(),
      mapping: readMapping(await readFile(this.#mappingFile, 'utf8')),
      traffic: this.registries.takeTraffic(),
      milliseconds,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.registries[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #mappingFile(): string {
    return join(this.#folder, 'mapping.json');
  }

  #inputs(): readonly string[] {
    return this.#options.files.flatMap((file) => ['-f', file]);
  }

  async #run(args: readonly string[], live: boolean): Promise<Outcome> {
    const { env, signal } = this.#options;
    const outcome = await runCommand(args, {
      // Nothing of the user's own settings or credentials takes part.
      env: {
        PATH: env['PATH'],
        TERM: env['TERM'],
        NO_COLOR: env['NO_COLOR'],
        HOME: this.#folder,
        DOCKER_CONFIG: this.#folder,
      },
      signal,
      live,
    });
    if (outcome.code === 0) return outcome;
    const words = outcome.stderr.trim();
    throw new CommandFailure(`${COMMAND} ended with ${outcome.code}${words === '' ? '' : `:\n${words}`}`);
  }
}
