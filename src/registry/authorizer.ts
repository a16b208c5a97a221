import { type Challenge, chooseChallenge, parseChallenges } from './challenge.ts';
import { within } from '../http/index.ts';
import type { RegistryHost } from './host.ts';
import type { Credential } from './keychain.ts';
import { TokenBatches } from './token-batches.ts';
import { basicHeader, fetchToken, formatScope, type Scope, TokenError } from './token.ts';

/** Permission to send a request: the header, and which scopes it was given for. */
export interface Grant {
  readonly header: string;
  readonly expires: number;
  readonly scopes: readonly Scope[];
  /** The place of its credential among those that the keychain offers. */
  readonly candidate: number;
  /** True for a token of the token service, which may end early; what was given to us does not change. */
  readonly bought: boolean;
}

/**
 * One host's authorisation: learns its challenge from its answers, buys tokens, shares and renews them.
 * Wishes of the same moment are bought as one token; a service that cannot do that gets single requests.
 */
export class Authorizer {
  readonly #host: RegistryHost;
  readonly #signal: AbortSignal;
  #challenge: Challenge | undefined;
  readonly #batches = new TokenBatches(() => this.#asking > 0);
  #asking = 0;
  readonly #grants = new Map<string, Grant[]>();
  readonly #pending = new Map<string, Promise<Grant>>();
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
      const offered = await this.#offered(path, signal);
      const candidate = this.#candidates.get(path) ?? 0;
      const credential = offered[candidate];
      const still = { expires: Number.POSITIVE_INFINITY, scopes, candidate, bought: false };
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
   * `before` are the grants with which the same request was refused already.
   */
  async refused(
    grant: Grant | undefined,
    headers: readonly string[],
    scopes: readonly Scope[],
    before: readonly (Grant | undefined)[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const met = chooseChallenge(parseChallenges(headers));
    const challenge = lasting(met);
    if (challenge) this.#challenge = challenge;
    const path = scopes[0]?.path ?? '';
    if (!grant) {
      const mute = challenge?.scheme === 'basic' && (await this.#host.credentials(path, signal)).length === 0;
      return challenge !== undefined && !mute && !before.includes(undefined);
    }
    this.#forget(grant);
    if (isBatch(grant, scopes)) {
      // A token that ended is bought anew for all; one that is too narrow shows a service that reads one scope only.
      const narrow = met?.parameters.error === 'insufficient_scope';
      if (narrow || before.some((other) => other && isBatch(other, scopes))) this.#batches.stop();
      return true;
    }
    // Once the same again: the token may have ended early. Then the next credential, if there is one.
    const renewed = before.some((other) => other?.candidate === grant.candidate && !isBatch(other, scopes));
    if (grant.bought && !renewed && challenge?.scheme === 'bearer') {
      this.#host.forgetCredentials(path);
      return true;
    }
    return await this.#nextCandidate(grant.candidate, scopes, signal);
  }

  /** What the keychain offers; counted, so that a batch can wait for wishes that are about to come. */
  async #offered(path: string, signal: AbortSignal): Promise<readonly Credential[]> {
    this.#asking++;
    try {
      return await this.#host.credentials(path, signal);
    } finally {
      this.#asking--;
    }
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

  async #buy(
    challenge: Challenge,
    credential: Credential | undefined,
    scopes: readonly Scope[],
    candidate: number,
  ): Promise<Grant> {
    const purse = JSON.stringify([challenge, credential, candidate]);
    const key = `${purse} ${scopes.map(formatScope).toSorted().join(' ')}`;
    let pending = this.#pending.get(key);
    if (!pending) {
      pending = this.#batches.wish(purse, scopes, (wanted) =>
        this.#fetch(challenge, credential, wanted, candidate),
      );
      this.#pending.set(key, pending);
      const done = (): void => void this.#pending.delete(key);
      pending.then(done, done);
    }
    return await pending;
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
    const grant = {
      header: `Bearer ${token.token}`,
      expires: token.expires,
      scopes,
      candidate,
      bought: true,
    };
    this.#keep(grant);
    return grant;
  }

  /** A token service may hand out a new identity token with each answer; the old one is then void. */
  #current(credential: Credential | undefined): Credential | undefined {
    if (credential?.kind !== 'identity-token') return credential;
    return { kind: 'identity-token', token: this.#replaced.get(credential.token) ?? credential.token };
  }
}

/** A token that was bought for more than this request. */
function isBatch(grant: Grant, scopes: readonly Scope[]): boolean {
  return grant.scopes.length > scopes.length;
}

/** A challenge without what is only about the one request that met it. */
function lasting(challenge: Challenge | undefined): Challenge | undefined {
  if (!challenge) return undefined;
  const { realm, service } = challenge.parameters;
  return {
    scheme: challenge.scheme,
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
