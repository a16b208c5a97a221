import type { LookupReason } from '../../src/lookups/lookup-status.ts';
import type { Content } from './content.ts';

/** What a scrape may say of an image once everything has been noticed. */
export interface Expectation {
  readonly reason: LookupReason;
  /** "" is for not known. */
  readonly digests: ReadonlySet<string>;
  /** True where there is only one right answer, whatever the exporter knew before. */
  readonly sure: boolean;
}

export interface TrackedImageOptions {
  /** As workloads write it. */
  readonly text: string;
  /** Which of the registries. */
  readonly registry: 0 | 1;
  readonly repository: string;
  readonly tag: string;
  /** Decides what kind of image it is. */
  readonly number: number;
  /** True for what is no image reference. */
  readonly invalid: boolean;
  /** True for what no tag can move. */
  readonly pinned: boolean;
  /** True for what stays as it is: its series are to be in every scrape. */
  readonly unchanging: boolean;
}

/** The truth of one image: what lies in the registry, and what the exporter can have learnt of it so far. */
export class TrackedImage {
  readonly options: TrackedImageOptions;
  /** While the registry answers 503 for it. */
  failing = false;
  users = 0;
  #content: Content | undefined;
  #known = new Set<string>(['']);

  constructor(options: TrackedImageOptions) {
    this.options = options;
  }

  get text(): string {
    return this.options.text;
  }

  get changeable(): boolean {
    const { invalid, pinned, unchanging } = this.options;
    return !invalid && !pinned && !unchanging;
  }

  /** What the tag points at; undefined while there is no such tag. */
  get content(): Content | undefined {
    return this.#content;
  }

  set content(content: Content | undefined) {
    this.#content = content;
    if (content) this.#known.add(content.digest);
  }

  leave(): void {
    // The exporter forgets what nobody uses, unless somebody else came before it saw that.
    if (--this.users === 0) this.#known.add('');
  }

  expectation(): Expectation {
    if (this.options.invalid) return only('invalid_reference', '');
    if (this.failing) return { reason: 'unavailable', digests: this.#known, sure: false };
    if (!this.#content) return { reason: 'not_found', digests: this.#known, sure: false };
    return only(this.#content.facts ? 'ok' : 'unsupported', this.#content.digest);
  }

  /** A scrape that is right showed this digest. */
  learnt(digest: string): void {
    this.#known = new Set(this.#content ? [digest, this.#content.digest] : [digest]);
  }
}

function only(reason: LookupReason, digest: string): Expectation {
  return { reason, digests: new Set([digest]), sure: true };
}
