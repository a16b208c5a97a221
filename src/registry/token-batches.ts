import type { Grant } from './authorizer.ts';
import { toError } from '../http/index.ts';
import { Recent } from './recent.ts';
import { type Scope, TokenError } from './token.ts';

/** Buys one token for some scopes. */
export type Buyer = (scopes: readonly Scope[]) => Promise<Grant>;

interface Wish {
  readonly scopes: readonly Scope[];
  readonly resolve: (grant: Grant) => void;
  readonly reject: (error: Error) => void;
}

/** Scopes in one token request; with more the URL outgrows what servers read. */
const BATCH = 24;
/** Purses of which is kept that they buy one by one. */
const MOST_SPOILED = 1000;

/** Buys what is wished for at the same moment as one token; a service that cannot do that gets single requests. */
export class TokenBatches {
  readonly #coming: () => boolean;
  readonly #wishes = new Map<string, Wish[]>();
  readonly #spoiled = new Recent<true>(MOST_SPOILED);
  #batching = true;

  /** `coming` says whether somebody is about to make a wish. */
  constructor(coming: () => boolean) {
    this.#coming = coming;
  }

  /** From now on every wish is bought for itself. */
  stop(): void {
    this.#batching = false;
  }

  /** A token for at least these scopes; only wishes with the same `purse` share one. Throws `TokenError`. */
  async wish(purse: string, scopes: readonly Scope[], buy: Buyer): Promise<Grant> {
    if (!this.#batching || this.#spoiled.get(purse)) return await buy(scopes);
    const { promise, resolve, reject } = Promise.withResolvers<Grant>();
    const wish = { scopes, resolve, reject };
    const waiting = this.#wishes.get(purse);
    if (waiting) {
      waiting.push(wish);
    } else {
      this.#wishes.set(purse, [wish]);
      setImmediate(() => this.#flush(purse, buy));
    }
    return await promise;
  }

  #flush(purse: string, buy: Buyer): void {
    if (this.#coming()) {
      setImmediate(() => this.#flush(purse, buy));
      return;
    }
    const wishes = this.#wishes.get(purse) ?? [];
    this.#wishes.delete(purse);
    for (const batch of batches(wishes)) void this.#buyAll(purse, batch, buy);
  }

  async #buyAll(purse: string, wishes: readonly Wish[], buy: Buyer): Promise<void> {
    try {
      const grant = await buy(merge(wishes.flatMap(({ scopes }) => scopes)));
      for (const { resolve } of wishes) resolve(grant);
    } catch (error) {
      if (wishes.length === 1 || !isRefusal(error)) {
        for (const { reject } of wishes) reject(toError(error));
        return;
      }
      // One repository that may not be read can spoil the token of all: each for itself then.
      this.#spoiled.set(purse, true);
      await Promise.all(wishes.map(({ scopes, resolve, reject }) => buy(scopes).then(resolve, reject)));
    }
  }
}

function isRefusal(error: unknown): boolean {
  if (!(error instanceof TokenError) || error.status === undefined) return false;
  return error.status >= 400 && error.status < 500 && error.status !== 429;
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
