import { cp, mkdir, symlink } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { BuiltImage } from '../../src/testing/index.ts';
import { imageOf } from '../e2e/cases.ts';
import { builtProgram } from '../e2e/command.ts';
import { openWorld, type World } from '../e2e/world.ts';
import { type Outcome, run } from '../support/processes.ts';

/** The repository's root. */
export const ROOT = join(import.meta.dirname, '../..');
/** The chart that everything is tried with. */
export const CHART = join(import.meta.dirname, 'chart');

const IMAGES: Readonly<Record<string, BuiltImage>> = {
  check: imageOf(1),
  cache: imageOf(2),
  tool: imageOf(3),
  web: imageOf(4),
};

/** Puts the chart's images into a registry, and `reimage` on a PATH of its own. */
export async function openStage(server: { readonly host: string }, name: string): Promise<Stage> {
  // Before anything is open that would have to be closed.
  const program = builtProgram();
  const world = await openWorld(server, name);
  for (const [path, image] of Object.entries(IMAGES)) await world.put(path, '1', image);
  const bin = join(world.folder, 'bin');
  await mkdir(bin);
  await symlink(program, join(bin, 'reimage'));
  return new Stage(world, bin);
}

/** Runs other programs that find `reimage` on their PATH, with homes that hold nothing. */
export class Stage implements AsyncDisposable {
  readonly world: World;
  readonly #bin: string;

  constructor(world: World, bin: string) {
    this.world = world;
    this.#bin = bin;
  }

  /** The value of the chart that says where images are. */
  get registry(): string {
    return `global.registry=${this.world.name('').slice(0, -1)}`;
  }

  /** The flags that all cases have. */
  get flags(): readonly string[] {
    return ['-rename-remote-path', this.world.name('imported')];
  }

  /** The environment of programs: PATH with the folders before what is there, and homes in the case's own folder. */
  env(...path: readonly string[]): Record<string, string | undefined> {
    const home = this.world.folder;
    return {
      PATH: [...path, dirname(process.execPath), process.env['PATH']].join(delimiter),
      HOME: home,
      HELM_CACHE_HOME: join(home, 'helm-cache'),
      HELM_CONFIG_HOME: join(home, 'helm-config'),
      HELM_DATA_HOME: join(home, 'helm-data'),
      KUBECONFIG: join(home, 'kubeconfig'),
    };
  }

  /** Runs a program in the case's folder. */
  async run(program: string, args: readonly string[], env = this.env(this.#bin)): Promise<Outcome> {
    return await run(program, args, { env, cwd: this.world.folder });
  }

  /** The same text with the images of the chart as `reimage` renames them, all but in documents that match. */
  renamed(text: string, except?: RegExp): string {
    const documents = text.split(/^(?=---$)/m).map((document) => {
      if (except?.test(document) === true) return document;
      let after = document;
      for (const [path, image] of Object.entries(IMAGES))
        after = after.replaceAll(this.world.name(`${path}:1`), this.world.imported(path, image));
      return after;
    });
    return documents.join('');
  }

  /** The Helm plugin in a folder of its own, away from the package. */
  async copyOfPlugin(): Promise<string> {
    const folder = join(this.world.folder, 'copied', 'reimage');
    await cp(join(ROOT, 'plugins/helm/reimage'), folder, { recursive: true });
    return folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]();
  }
}

/**
 * Arguments of Helm that make `reimage` its post-renderer. Written as two arguments, a flag with an `n` in it would
 * be taken for Helm's own `-n` as well: `-rename-force-digest` for the namespace `ame-force-digest`.
 */
export function postRenderer(...flags: readonly string[]): string[] {
  return ['--post-renderer', 'reimage', ...flags.map((flag) => `--post-renderer-args=${flag}`)];
}
