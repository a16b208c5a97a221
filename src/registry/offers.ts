import { createHash } from 'node:crypto';
import { within } from '../http/index.ts';
import type { Credential, Keychain } from './keychain.ts';
import { Recent } from './recent.ts';

/** A credential that a host may be asked with, and the name under which what it earned is kept. */
export interface Candidate {
  /** Equal for equal credentials and for no others; holds no secret. */
  readonly key: string;
  readonly credential: Credential;
}

/** What a keychain has for one repository. */
export interface Offer {
  /** Best first, each once; at least the one that shows nothing. */
  readonly candidates: readonly Candidate[];
  /** Why there may be more that could not be had. */
  readonly withheld: Error | undefined;
}

export interface OffersOptions {
  readonly registry: string;
  readonly keychain: Keychain;
  /** Ends the questions to the keychain, which several callers share. */
  readonly signal: AbortSignal;
  /** True where a token may be held back until the keychain has answered all, so that one serves all. */
  readonly batched: boolean;
}

/** Repositories whose credentials are kept. */
const MOST_PATHS = 1000;

/** What a keychain offers for the repositories of one registry; asked once for each, until told to forget. */
export class Offers {
  readonly batched: boolean;
  readonly #options: OffersOptions;
  readonly #asked = new Recent<Promise<Offer>>(MOST_PATHS);

  constructor(options: OffersOptions) {
    this.#options = options;
    this.batched = options.batched;
  }

  async for(path: string, signal: AbortSignal): Promise<Offer> {
    let asking = this.#asked.get(path);
    if (!asking) {
      asking = this.#ask(path);
      this.#asked.set(path, asking);
      asking.catch(() => this.#asked.delete(path));
    }
    return await within(asking, signal);
  }

  forget(path: string): void {
    this.#asked.delete(path);
  }

  async #ask(path: string): Promise<Offer> {
    const { registry, keychain, signal } = this.#options;
    const offered = await keychain.credentials({ registry, path }, signal);
    const candidates = new Map<string, Candidate>();
    let withheld: Error | undefined;
    for (const credential of offered) {
      if (credential.kind === 'withheld') {
        withheld ??= credential.error;
        continue;
      }
      const key = keyOf(credential);
      if (!candidates.has(key)) candidates.set(key, { key, credential });
    }
    return { candidates: candidates.size === 0 ? [NOBODY] : [...candidates.values()], withheld };
  }
}

const NOBODY: Candidate = { key: 'anonymous', credential: { kind: 'anonymous' } };

function keyOf(credential: Credential): string {
  switch (credential.kind) {
    case 'anonymous':
      return NOBODY.key;
    case 'basic':
      return hash([credential.kind, credential.username, credential.password]);
    default:
      return hash([credential.kind, credential.token]);
  }
}

function hash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
