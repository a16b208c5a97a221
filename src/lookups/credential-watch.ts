import type { Clock } from '../http/index.ts';
import type { Puller } from '../kubernetes/index.ts';
import type { Reference } from '../oci/index.ts';
import { Alarm } from './alarm.ts';
import type { PullAccess } from './pull-access.ts';

/** Something that was refused for want of credentials. */
export interface Refused {
  readonly pullers: Iterable<Puller>;
  readonly reference: Pick<Reference, 'repository'>;
}

export interface CredentialWatchOptions<T> {
  readonly access: PullAccess;
  readonly clock: Clock;
  /** Milliseconds between two looks. */
  readonly interval: number;
  /** The credentials of something that is watched are others than before. */
  readonly onChanged: (item: T) => void;
}

/** Looks now and then, one after another, whether credentials changed of what was refused. */
export class CredentialWatch<T extends Refused> {
  readonly #options: CredentialWatchOptions<T>;
  /** With the fingerprint that did not do; undefined until it could be read. */
  readonly #watched = new Map<T, string | undefined>();
  /** What is to be looked at now. */
  readonly #waiting = new Set<T>();
  readonly #alarm: Alarm;
  readonly #ended = new AbortController();
  #looking = false;

  constructor(options: CredentialWatchOptions<T>) {
    this.#options = options;
    this.#alarm = new Alarm(options.clock, () => {
      for (const item of this.#watched.keys()) this.#waiting.add(item);
      void this.#look();
    });
  }

  watch(item: T): void {
    this.#watched.set(item, undefined);
    this.#waiting.add(item);
    void this.#look();
  }

  forget(item: T): void {
    this.#watched.delete(item);
    this.#waiting.delete(item);
  }

  stop(): void {
    this.#ended.abort();
    this.#watched.clear();
    this.#waiting.clear();
    this.#alarm.cancel();
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const { clock, interval, onChanged } = this.#options;
    for (const item of this.#waiting) {
      this.#waiting.delete(item);
      const now = await this.#fingerprint(item);
      // It was watched anew, or forgotten, while it was looked at.
      if (now === undefined || this.#waiting.has(item) || !this.#watched.has(item)) continue;
      const before = this.#watched.get(item);
      this.#watched.set(item, now);
      if (before !== undefined && before !== now) onChanged(item);
    }
    this.#looking = false;
    if (this.#watched.size > 0) this.#alarm.set(clock.now() + interval);
  }

  /** Undefined when it cannot be read: the next look may. */
  async #fingerprint(item: T): Promise<string | undefined> {
    try {
      const { pullers, reference } = item;
      const { access } = this.#options;
      return await access.fingerprint([...pullers], reference.repository, this.#ended.signal);
    } catch {
      return undefined;
    }
  }
}
