import type { Patience } from './patience.ts';
import type { World } from './world.ts';

export interface UpheavalOptions {
  readonly world: World;
  readonly patience: Patience;
  /** Milliseconds in which every tag is looked up again. */
  readonly refresh: number;
  /** Changes the cluster and the registries meanwhile, for so many milliseconds. */
  readonly churn: (ms: number) => Promise<void>;
  /** Milliseconds after which an old password is no longer good; undefined for never. */
  readonly overlap: number | undefined;
}

/**
 * Waits of a reflector double up to a minute as long as failures follow each other, as with client-go; and it may have to
 * wait twice, when the server that came back says that the version is too old to go on from.
 */
const LONGEST_API_WAIT = 120_000;
const HOST_DOWN = 30_000;
const SOON = 15_000;
const PARTITION_MS = 5_000;
const THROTTLED_MS = 4_000;
const REGISTRY_AWAY_MS = 3_000;

/** What happens to whole servers, one after another. */
export class Upheavals {
  readonly #options: UpheavalOptions;
  readonly #counts = new Map<string, number>();
  readonly #kinds: readonly (readonly [name: string, happen: () => Promise<void>])[];
  #next = 0;
  #oldPasswords: number[] = [];

  constructor(options: UpheavalOptions) {
    this.#options = options;
    this.#kinds = [
      ['API server restarted', () => this.#restartApi('SIGTERM')],
      ['registry restarted', () => this.#restartRegistry(0)],
      ['passwords rotated', () => this.#rotate()],
      ['API server killed', () => this.#restartApi('SIGKILL')],
      ['registry throttled', () => this.#throttle()],
      ['API server cut off, history compacted', () => this.#partition()],
      ['connections cut', () => this.#cut()],
      ['registry with login restarted', () => this.#restartRegistry(1)],
    ];
  }

  /** How often each happened. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  get total(): number {
    return this.#next;
  }

  /** The next one in turn; its name. */
  async next(): Promise<string> {
    this.#retirePasswords();
    const kind = this.#kinds[this.#next++ % this.#kinds.length];
    if (!kind) throw new Error('nothing can happen');
    const [name, happen] = kind;
    await happen();
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    return name;
  }

  async #restartApi(signal: NodeJS.Signals): Promise<void> {
    await this.#options.world.restartApi(signal);
    this.#options.patience.allow(LONGEST_API_WAIT + SOON);
  }

  async #restartRegistry(index: 0 | 1): Promise<void> {
    const { world, patience, refresh } = this.#options;
    await world.registries[index].restart(REGISTRY_AWAY_MS);
    patience.allow(HOST_DOWN + refresh);
  }

  async #rotate(): Promise<void> {
    await this.#options.world.rotatePassword();
    this.#oldPasswords.push(Date.now());
  }

  async #throttle(): Promise<void> {
    const { world, patience, refresh, churn } = this.#options;
    world.registries[0].throttle(true);
    await churn(THROTTLED_MS);
    world.registries[0].throttle(false);
    patience.allow(HOST_DOWN + refresh);
  }

  async #partition(): Promise<void> {
    const { world, patience, churn } = this.#options;
    await world.apiGate.shut();
    await churn(PARTITION_MS);
    await world.kube.compact();
    await world.apiGate.open();
    patience.allow(LONGEST_API_WAIT + SOON);
  }

  async #cut(): Promise<void> {
    const { world, patience, refresh } = this.#options;
    world.apiGate.cut();
    for (const registry of world.registries) registry.cut();
    patience.allow(LONGEST_API_WAIT + refresh);
  }

  #retirePasswords(): void {
    const { overlap, world } = this.#options;
    const [oldest] = this.#oldPasswords;
    if (overlap === undefined || oldest === undefined || Date.now() - oldest < overlap) return;
    this.#oldPasswords.shift();
    world.registries[1].disallowOldest();
  }
}
