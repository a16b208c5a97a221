import type { Credential, Keychain, Withheld } from '../registry/index.ts';

export interface ChainOptions {
  /** Hears of a source that failed while another one answered. */
  readonly warn: (message: string) => void;
}

/**
 * All candidates of several keychains, in their order and each once; further sources of credentials (cloud
 * providers) are added here. A keychain that fails is an error only if no other has anything to offer.
 */
export function chain(keychains: readonly Keychain[], options: ChainOptions): Keychain {
  return {
    credentials: async (repository, signal) =>
      await collect(keychains, { ...options, all: true }, repository, signal),
  };
}

/** The candidates of the first keychain that has any: the later ones are only asked if it has none. */
export function firstOf(keychains: readonly Keychain[], options: ChainOptions): Keychain {
  return {
    credentials: async (repository, signal) =>
      await collect(keychains, { ...options, all: false }, repository, signal),
  };
}

async function collect(
  keychains: readonly Keychain[],
  { warn, all }: ChainOptions & { readonly all: boolean },
  ...[repository, signal]: Parameters<Keychain['credentials']>
): Promise<readonly (Credential | Withheld)[]> {
  const found: (Credential | Withheld)[] = [];
  const failures: unknown[] = [];
  for (const keychain of keychains) {
    if (!all && found.length > 0) break;
    try {
      for (const candidate of await keychain.credentials(repository, signal)) {
        if (!found.some((known) => sameCredential(known, candidate))) found.push(candidate);
      }
    } catch (failure) {
      signal.throwIfAborted();
      failures.push(failure);
    }
  }
  const unheard = found.length === 0 ? failures.slice(1) : failures;
  for (const failure of unheard) warn(failure instanceof Error ? failure.message : String(failure));
  if (found.length === 0 && failures.length > 0) throw failures[0];
  return found;
}

function sameCredential(a: Credential | Withheld, b: Credential | Withheld): boolean {
  if (a.kind === 'withheld' || b.kind === 'withheld') return a === b;
  if (a.kind === 'basic') return b.kind === 'basic' && a.username === b.username && a.password === b.password;
  if (a.kind === 'anonymous' || b.kind === 'anonymous') return a.kind === b.kind;
  return b.kind === a.kind && b.token === a.token;
}
