import { type Challenge, chooseChallenge, parseChallenges } from './challenge.ts';
import { toError, within } from './clock.ts';
import type { RegistryHost } from './host.ts';
import type { Credential } from './keychain.ts';
import { basicHeader, fetchToken, formatScope, type Scope, TokenError } from './token.ts';

/** Permission to send a request: the header, and which scopes it was given for. */
export interface Grant {
  readonly header: string;
  readonly expires: number;
  readonly scopes: readonly Scope[];
  /** The place of its credential among those that the keychain offers. */
  readonly candidate: number;
}

interface Wish {
  readonly scopes: readonly Scope[];
  readonly resolve: (grant: Grant) => void;
  readonly reject: (error: Error) => void;
}

/** Scopes in one token request; with more the URL outgrows what servers read. */
const BATCH = 24;

/**
 * One host's authorisation: learns its challenge from its answers, buys tokens, shares and renews them.
 * Wishes of the same moment are bought as one token; a service that cannot do that gets single requests.
 */
export class Authorizer {
  readonly #host: RegistryHost;
  readonly #signal: AbortSignal;
  #challenge: Challenge | undefined;
  #batching = true;
  readonly #grants = new Map<string, Grant[]>();
  readonly #pending = new Map<string, Promise<Grant>>();
  readonly #wishes = new Map<string, Wish[]>();
  readonly #candidates = new Map<string, number>();
  readonly #replaced = new Map<string, string>();

  /** `signal` ends the token requests that several callers share. */
  constructor(host: RegistryHost, signal: AbortSignal) {
    this.#host = host;
    this.#signal = signal;
  }

  /** The permission for some scopes, the one that matters first; undefined where none is asked for, or nothing can be shown. */
  async authorize(scopes: readonly Scope[], signal: AbortSignal): Promise<Grant | undefined> {
    for (;;) {
      const challenge = this.#challenge;
      if (!challenge) return undefined;
      const path = scopes[0]?.path ?? '';
      const offered = await this.#host.credentials(path, signal);
      const candidate = this.#candidates.get(path) ?? 0;
      const credential = offered[candidate];
      const still = { expires: Number.POSITIVE_INFINITY, scopes, candidate };
      if (challenge.scheme === 'basic') {
        const header = basicHeader(credential).authorization;
        return header === undefined ? undefined : { header, ...still };
      }
      if (credential?.kind === 'registry-token') return { header: `Bearer ${credential.token}`, ...still };
      const live = this.#live(scopes, candidate);
      if (live) return live;
      try {
        return await within(this.#buy(challenge, credential, scopes, candidate), signal);
      } catch (error) {
        const refused = error instanceof TokenError && (error.status === 401 || error.status === 403);
        if (!refused || !(await this.#nextCandidate(candidate, scopes, signal))) throw error;
      }
    }
  }

  /**
   * Takes in a 401 answer to a request sent with `grant`; false when there is nothing else to try.
   * `refusals` counts the 401 answers to this request so far.
   */
  async refused(
    grant: Grant | undefined,
    headers: readonly string[],
    scopes: readonly Scope[],
    refusals: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    const challenge = chooseChallenge(parseChallenges(headers));
    if (!grant) {
      if (challenge) this.#challenge = challenge;
      const path = scopes[0]?.path ?? '';
      const mute = challenge?.scheme === 'basic' && (await this.#host.credentials(path, signal)).length === 0;
      return challenge !== undefined && !mute && refusals === 1;
    }
    if (challenge) this.#challenge = challenge;
    this.#forget(grant);
    if (grant.scopes.length > scopes.length) {
      this.#batching = false;
      return true;
    }
    this.#host.forgetCredentials(scopes[0]?.path ?? '');
    // Once the same again: the token may have ended early. Then the next credential, if there is one.
    if (refusals <= 2 && challenge?.scheme === 'bearer') return true;
    return await this.#nextCandidate(grant.candidate, scopes, signal);
  }

  /** Moves on to the next credential that the keychain offers; false when there is none. */
  async #nextCandidate(candidate: number, scopes: readonly Scope[], signal: AbortSignal): Promise<boolean> {
    const path = scopes[0]?.path ?? '';
    const offered = await this.#host.credentials(path, signal);
    const next = candidate + 1;
    if (next >= offered.length) return false;
    this.#candidates.set(path, Math.max(next, this.#candidates.get(path) ?? 0));
    return true;
  }

  #live(scopes: readonly Scope[], candidate: number): Grant | undefined {
    const now = this.#host.now();
    const grants = this.#grants.get(scopes[0]?.path ?? '') ?? [];
    return grants.find(
      (grant) => grant.expires > now && grant.candidate === candidate && covers(grant.scopes, scopes),
    );
  }

  #keep(grant: Grant): void {
    const now = this.#host.now();
    for (const { path } of grant.scopes) {
      const others = (this.#grants.get(path) ?? []).filter((other) => other.expires > now);
      this.#grants.set(path, [...others, grant]);
    }
  }

  #forget(grant: Grant): void {
    for (const { path } of grant.scopes) {
      this.#grants.set(path, this.#grants.get(path)?.filter((other) => other !== grant) ?? []);
    }
  }

  #buy(
    challenge: Challenge,
    credential: Credential | undefined,
    scopes: readonly Scope[],
    candidate: number,
  ): Promise<Grant> {
    const purse = JSON.stringify([challenge, credential, candidate]);
    const key = `${purse} ${scopes.map(formatScope).toSorted().join(' ')}`;
    let pending = this.#pending.get(key);
    if (!pending) {
      pending = this.#batching
        ? this.#wish(purse, challenge, credential, scopes, candidate)
        : this.#fetch(challenge, credential, scopes, candidate);
      this.#pending.set(key, pending);
      const done = (): void => void this.#pending.delete(key);
      pending.then(done, done);
    }
    return pending;
  }

  /** Puts a wish with those of the same moment and the same credential. */
  #wish(
    purse: string,
    challenge: Challenge,
    credential: Credential | undefined,
    scopes: readonly Scope[],
    candidate: number,
  ): Promise<Grant> {
    return new Promise<Grant>((resolve, reject) => {
      const waiting = this.#wishes.get(purse);
      const wish = { scopes, resolve, reject };
      if (waiting) {
        waiting.push(wish);
        return;
      }
      this.#wishes.set(purse, [wish]);
      setImmediate(() => {
        const wishes = this.#wishes.get(purse) ?? [];
        this.#wishes.delete(purse);
        for (const batch of batches(wishes)) void this.#grantAll(challenge, credential, batch, candidate);
      });
    });
  }

  async #grantAll(
    challenge: Challenge,
    credential: Credential | undefined,
    wishes: readonly Wish[],
    candidate: number,
  ): Promise<void> {
    const single = async (wish: Wish): Promise<void> => {
      try {
        wish.resolve(await this.#fetch(challenge, credential, wish.scopes, candidate));
      } catch (error) {
        wish.reject(toError(error));
      }
    };
    const [first] = wishes;
    if (first && wishes.length === 1) return await single(first);
    try {
      const grant = await this.#fetch(
        challenge,
        credential,
        merge(wishes.flatMap(({ scopes }) => scopes)),
        candidate,
      );
      for (const wish of wishes) wish.resolve(grant);
    } catch {
      // One repository that may not be read can spoil the token of all: each for itself then.
      this.#batching = false;
      await Promise.all(wishes.map(single));
    }
  }

  async #fetch(
    challenge: Challenge,
    credential: Credential | undefined,
    scopes: readonly Scope[],
    candidate: number,
  ): Promise<Grant> {
    const current = this.#current(credential);
    const token = await fetchToken(this.#host, challenge, current, scopes, this.#signal);
    if (token.refreshToken !== undefined && credential?.kind === 'identity-token') {
      this.#replaced.set(credential.token, token.refreshToken);
    }
    const grant = { header: `Bearer ${token.token}`, expires: token.expires, scopes, candidate };
    this.#keep(grant);
    return grant;
  }

  /** A token service may hand out a new identity token with each answer; the old one is then void. */
  #current(credential: Credential | undefined): Credential | undefined {
    if (credential?.kind !== 'identity-token') return credential;
    return { kind: 'identity-token', token: this.#replaced.get(credential.token) ?? credential.token };
  }
}

function covers(granted: readonly Scope[], wanted: readonly Scope[]): boolean {
  return wanted.every(({ path, push }) =>
    granted.some((scope) => scope.path === path && (scope.push || !push)),
  );
}

/** One scope per repository, with the wider actions. */
function merge(scopes: readonly Scope[]): readonly Scope[] {
  const merged = new Map<string, Scope>();
  for (const scope of scopes) {
    merged.set(scope.path, { path: scope.path, push: scope.push || (merged.get(scope.path)?.push ?? false) });
  }
  return [...merged.values()];
}

function batches(wishes: readonly Wish[]): Wish[][] {
  const result: Wish[][] = [];
  let paths = new Set<string>();
  for (const wish of wishes) {
    const added = wish.scopes.filter(({ path }) => !paths.has(path)).length;
    if (result.length === 0 || paths.size + added > BATCH) {
      result.push([]);
      paths = new Set();
    }
    for (const { path } of wish.scopes) paths.add(path);
    result.at(-1)?.push(wish);
  }
  return result;
}
