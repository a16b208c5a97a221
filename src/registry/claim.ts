import type { Authorizer, Grant } from './authorizer.ts';
import { WithheldError } from './errors.ts';
import type { Candidate, Offers } from './offers.ts';
import { type Scope, TokenError } from './token.ts';

/** A refusal, and what the call comes to if nothing better follows. */
export interface Setback<T> {
  readonly status: 400 | 401 | 403 | 404;
  readonly settle: () => T;
}

export interface ClaimOptions {
  readonly authorizer: Authorizer;
  readonly offers: Offers;
  /** The one that matters first. */
  readonly scopes: readonly Scope[];
  /**
   * True where 403 and 404 may mean that another credential is needed: registries hide what one may not read. So may 400,
   * with which ECR answers to a password that is none of its own.
   */
  readonly reading: boolean;
}

/** What a request is sent with, or the end of the call when every credential was refused. */
export type Shown<T> = { readonly grant: Grant | undefined } | { readonly end: () => T };

/**
 * One call's claim to be let in: shows the credentials offered for it one after another, each once, and knows
 * which of their refusals says most.
 */
export class Claim<T> {
  readonly #options: ClaimOptions;
  readonly #path: string;
  readonly #boughtBefore: number;
  #candidates: readonly Candidate[] | undefined;
  #withheld: Error | undefined;
  #current: Candidate | undefined;
  readonly #tried = new Set<string>();
  readonly #renewed = new Set<string>();
  #nobodyRefused = false;
  #batchRefused = false;
  #telling: { readonly rank: number; readonly settle: () => T } | undefined;

  constructor(options: ClaimOptions) {
    this.#options = options;
    this.#path = options.scopes[0]?.path ?? '';
    this.#boughtBefore = options.authorizer.bought;
  }

  /**
   * What to send the request with now; `settle` says what a refusing token service comes to. Throws `TokenError`, or
   * `WithheldError` where all were refused and there may be others.
   */
  async show(signal: AbortSignal, settle: (error: TokenError) => T): Promise<Shown<T>> {
    const { authorizer, scopes } = this.#options;
    for (;;) {
      this.#current = undefined;
      // Who was never asked for credentials shows none, and nobody even looks for them.
      if (authorizer.scheme === undefined) return { grant: undefined };
      const [candidate] = await this.#left(signal);
      if (!candidate && this.#withheld) throw new WithheldError(this.#withheld);
      if (!candidate) return this.#telling ? { end: this.#telling.settle } : { grant: undefined };
      this.#current = candidate;
      try {
        return { grant: await authorizer.grant(candidate, scopes, signal) };
      } catch (error) {
        if (!(error instanceof TokenError) || !refuses(error)) throw error;
        const status = error.status === 403 ? 403 : 401;
        const setback = { status, settle: () => settle(error) } as const;
        const end = await this.#next(setback, signal);
        if (end) return { end };
      }
    }
  }

  /** The request was answered well: the next one for this repository begins with the same credential. */
  worked(): void {
    if (this.#current) this.#prefer(this.#current);
  }

  /**
   * Takes in the registry's refusal of a request sent with `grant`, and the challenges that came with it; undefined
   * when the request is to be sent again, else the end of the call.
   */
  async refused(
    setback: Setback<T>,
    grant: Grant | undefined,
    challenges: readonly string[],
    signal: AbortSignal,
  ): Promise<(() => T) | undefined> {
    if (setback.status === 401) {
      const again = await this.#retried(grant, challenges, signal);
      if (again !== undefined) return again ? undefined : setback.settle;
    } else if (!this.#current || !this.#options.reading) {
      return setback.settle;
    }
    return await this.#next(setback, signal);
  }

  /** Whether a 401 is answered by the same candidate once more; undefined when it has had its turn. */
  async #retried(
    grant: Grant | undefined,
    challenges: readonly string[],
    signal: AbortSignal,
  ): Promise<boolean | undefined> {
    const { authorizer, offers, scopes } = this.#options;
    const met = authorizer.learn(challenges);
    if (!this.#current) {
      if (!met || this.#nobodyRefused) return false;
      this.#nobodyRefused = true;
      return (await this.#left(signal)).length > 0;
    }
    if (!grant) return undefined;
    authorizer.forget(grant);
    if (grant.scopes.length > scopes.length) {
      // A token that ended is bought anew for all; one that is too narrow shows a service that reads one scope only.
      if (met?.parameters.error === 'insufficient_scope' || this.#batchRefused) authorizer.stopBatches();
      this.#batchRefused = true;
      return true;
    }
    if (grant.bought === undefined || met?.scheme !== 'bearer') return undefined;
    const { length } = this.#candidates ?? [];
    // Where there are others, a token that was bought just now and is refused has said all.
    if (length > 1 && grant.bought > this.#boughtBefore) return undefined;
    if (this.#renewed.has(grant.key) || this.#renewed.size >= length) return undefined;
    this.#renewed.add(grant.key);
    offers.forget(this.#path);
    this.#candidates = undefined;
    return true;
  }

  /** Moves on to the next candidate; the end of the call when there is none. */
  async #next({ status, settle }: Setback<T>, signal: AbortSignal): Promise<(() => T) | undefined> {
    const current = this.#current;
    const rank = rankOf(status, current);
    if (rank >= (this.#telling?.rank ?? 0)) this.#telling = { rank, settle };
    if (current) this.#tried.add(current.key);
    const [next] = await this.#left(signal);
    if (!next) return this.#withheld ? undefined : this.#telling?.settle;
    // What is written on the go comes back as another call, which must not begin with what was just refused.
    if (status === 401) this.#prefer(next);
    return undefined;
  }

  #prefer({ key }: Candidate): void {
    const { authorizer } = this.#options;
    if (this.#candidates) authorizer.prefer(this.#path, this.#candidates, key);
  }

  /** The candidates that have not had their turn, the one that did best before first. */
  async #left(signal: AbortSignal): Promise<readonly Candidate[]> {
    const { authorizer, offers } = this.#options;
    if (!this.#candidates) {
      const asking = offers.for(this.#path, signal);
      const { candidates, withheld } = await (offers.batched ? authorizer.expecting(asking) : asking);
      this.#candidates = candidates;
      // A request that changes something may be one that cannot be sent twice: its refusal stands.
      this.#withheld = this.#options.reading ? withheld : undefined;
    }
    const preferred = authorizer.preferred(this.#path, this.#candidates);
    const left = this.#candidates.filter(({ key, credential }) => {
      // Without tokens, nobody in particular is who was refused before anything was shown.
      const mute = credential.kind === 'anonymous' || credential.kind === 'registry-token';
      if (mute && this.#nobodyRefused && authorizer.scheme === 'basic') return false;
      return !this.#tried.has(key);
    });
    return left.toSorted((a, b) => Number(b.key === preferred) - Number(a.key === preferred));
  }
}

/**
 * Whether a token service has something against a credential, so that another may do: besides refusals, what it makes of
 * one that it does not understand.
 */
function refuses({ status, kind }: TokenError): boolean {
  return kind === 'unauthorized' || kind === 'forbidden' || status === 200;
}

/** How much a refusal says: what a credential was told is not there, that it may not, that nobody finds it, that it is unknown. */
function rankOf(status: Setback<unknown>['status'], candidate: Candidate | undefined): number {
  if (status === 403) return 3;
  if (status === 400) return 0;
  if (status === 401) return 1;
  return candidate && candidate.credential.kind !== 'anonymous' ? 4 : 2;
}
