import { createHash } from 'node:crypto';
import { type Challenge, chooseChallenge, parseChallenges } from './challenge.ts';
import { within } from '../http/index.ts';
import type { Candidate } from './offers.ts';
import type { Credential } from './keychain.ts';
import { Recent } from './recent.ts';
import { TokenBatches } from './token-batches.ts';
import {
  basicHeader,
  fetchToken,
  formatScope,
  type Scope,
  type Token,
  type TokenBuyer,
  TokenError,
} from './token.ts';

/** Permission to send a request: the header, and which scopes it was given for. */
export interface Grant {
  readonly header: string;
  readonly expires: number;
  readonly scopes: readonly Scope[];
  /** The credential that earned it. */
  readonly key: string;
  /** Which of the tokens bought it is, counted from 1; undefined for what was given to us and does not change. */
  readonly bought: number | undefined;
}

/** Repositories, times credentials, whose tokens and preferences are kept. */
const MOST_KEPT = 2000;
/** Identity tokens whose successors are kept. */
const MOST_REPLACED = 1000;
const SWEEP = 60_000;

/**
 * One host's authorisation: learns its challenge from its answers, buys tokens, shares and renews them, each
 * credential's apart. Wishes of the same moment are bought as one token; a service that cannot do that gets single
 * requests.
 */
export class Authorizer {
  readonly #buyer: TokenBuyer;
  readonly #signal: AbortSignal;
  #challenge: Challenge | undefined;
  readonly #batches = new TokenBatches(() => this.#asking > 0);
  #asking = 0;
  #bought = 0;
  #swept = 0;
  readonly #grants = new Recent<readonly Grant[]>(MOST_KEPT);
  readonly #pending = new Map<string, Promise<Grant>>();
  readonly #preferred = new Recent<string>(MOST_KEPT);
  readonly #replaced = new Recent<string>(MOST_REPLACED);

  /** `signal` ends the token requests that several callers share. */
  constructor(buyer: TokenBuyer, signal: AbortSignal) {
    this.#buyer = buyer;
    this.#signal = signal;
  }

  /** How the host wants to be asked; undefined until an answer told it. */
  get scheme(): string | undefined {
    return this.#challenge?.scheme;
  }

  /** Tokens bought so far. */
  get bought(): number {
    return this.#bought;
  }

  /** Holds tokens back until a keychain has answered: a wish may follow that the same token can serve. */
  async expecting<T>(answer: Promise<T>): Promise<T> {
    this.#asking++;
    try {
      return await answer;
    } finally {
      this.#asking--;
    }
  }

  /** What a credential earns for some scopes, the one that matters first; undefined where there is nothing to show. Throws `TokenError`. */
  async grant(
    { key, credential }: Candidate,
    scopes: readonly Scope[],
    signal: AbortSignal,
  ): Promise<Grant | undefined> {
    const challenge = this.#challenge;
    if (!challenge) return undefined;
    const still = { expires: Number.POSITIVE_INFINITY, scopes, key, bought: undefined };
    if (challenge.scheme === 'basic') {
      const header = basicHeader(credential).authorization;
      return header === undefined ? undefined : { header, ...still };
    }
    if (credential.kind === 'registry-token') return { header: `Bearer ${credential.token}`, ...still };
    return this.#live(key, scopes) ?? (await within(this.#buy(challenge, key, credential, scopes), signal));
  }

  /** Takes in the challenges of a 401; the one that will be answered, undefined when there is none. */
  learn(headers: readonly string[]): Challenge | undefined {
    const met = chooseChallenge(parseChallenges(headers));
    if (met) this.#challenge = lasting(met);
    return met;
  }

  /** Never shows a grant again. */
  forget(grant: Grant): void {
    for (const { path } of grant.scopes) {
      const place = `${path} ${grant.key}`;
      const others = this.#grants.get(place)?.filter((other) => other !== grant) ?? [];
      if (others.length === 0) this.#grants.delete(place);
      else this.#grants.set(place, others);
    }
  }

  /** From now on each scope gets a token of its own: the service reads only one. */
  stopBatches(): void {
    this.#batches.stop();
  }

  /** The key of the candidate that did best for a repository among these. */
  preferred(path: string, candidates: readonly Candidate[]): string | undefined {
    return this.#preferred.get(choiceOf(path, candidates));
  }

  /** Remembers which of these candidates to begin with. */
  prefer(path: string, candidates: readonly Candidate[], key: string): void {
    if (candidates.length > 1) this.#preferred.set(choiceOf(path, candidates), key);
  }

  #live(key: string, scopes: readonly Scope[]): Grant | undefined {
    const now = this.#buyer.now();
    const grants = this.#grants.get(`${scopes[0]?.path ?? ''} ${key}`) ?? [];
    return grants.find((grant) => grant.expires > now && covers(grant.scopes, scopes));
  }

  #keep(grant: Grant): void {
    const now = this.#buyer.now();
    const lives = ({ expires }: Grant): boolean => expires > now;
    if (now - this.#swept >= SWEEP) {
      this.#swept = now;
      this.#grants.prune((grants) => grants.some(lives));
    }
    for (const { path } of grant.scopes) {
      const place = `${path} ${grant.key}`;
      this.#grants.set(place, [...(this.#grants.get(place) ?? []).filter(lives), grant]);
    }
  }

  async #buy(
    challenge: Challenge,
    key: string,
    credential: Credential,
    scopes: readonly Scope[],
  ): Promise<Grant> {
    const purse = JSON.stringify([challenge, key]);
    const wanted = `${purse} ${scopes.map(formatScope).toSorted().join(' ')}`;
    let pending = this.#pending.get(wanted);
    if (!pending) {
      pending = this.#batches.wish(purse, scopes, (all) => this.#fetch(challenge, key, credential, all));
      this.#pending.set(wanted, pending);
      const done = (): void => void this.#pending.delete(wanted);
      pending.then(done, done);
    }
    return await pending;
  }

  async #fetch(
    challenge: Challenge,
    key: string,
    credential: Credential,
    scopes: readonly Scope[],
  ): Promise<Grant> {
    const token = await this.#buyToken(challenge, key, credential, scopes);
    if (token.refreshToken !== undefined && credential.kind === 'identity-token') {
      this.#replaced.set(key, token.refreshToken);
    }
    const header = `Bearer ${token.token}`;
    const grant = { header, expires: token.expires, scopes, key, bought: ++this.#bought };
    this.#keep(grant);
    return grant;
  }

  /** A token service may hand out a new identity token with each answer; the old one is then void, or outlives it. */
  async #buyToken(
    challenge: Challenge,
    key: string,
    credential: Credential,
    scopes: readonly Scope[],
  ): Promise<Token> {
    const buy = async (shown: Credential): Promise<Token> =>
      await fetchToken(this.#buyer, challenge, shown, scopes, this.#signal);
    const successor = this.#replaced.get(key);
    if (successor === undefined) return await buy(credential);
    try {
      return await buy({ kind: 'identity-token', token: successor });
    } catch (error) {
      if (!(error instanceof TokenError) || error.kind !== 'unauthorized') throw error;
      this.#replaced.delete(key);
      return await buy(credential);
    }
  }
}

function choiceOf(path: string, candidates: readonly Candidate[]): string {
  // Hashed, as an image of many namespaces has many candidates.
  return createHash('sha256')
    .update([path, ...candidates.map(({ key }) => key)].join(' '))
    .digest('base64url');
}

/** A challenge without what is only about the one request that met it. */
function lasting({ scheme, parameters: { realm, service } }: Challenge): Challenge {
  return {
    scheme,
    parameters: {
      ...(realm === undefined ? {} : { realm }),
      ...(service === undefined ? {} : { service }),
    },
  };
}

function covers(granted: readonly Scope[], wanted: readonly Scope[]): boolean {
  return wanted.every(({ path, push }) =>
    granted.some((scope) => scope.path === path && (scope.push || !push)),
  );
}
