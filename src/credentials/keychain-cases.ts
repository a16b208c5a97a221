import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseReference } from '../oci/index.ts';
import type { Credential, Keychain, Withheld } from '../registry/index.ts';

/** How one implementation is given something to keep. */
export interface KeychainMaker {
  readonly name: string;
  /** A keychain that keeps one credential for a host[:port]. */
  readonly make: (host: string, credential: Credential) => Keychain;
  /** Cases that cannot hold for it, and why. */
  readonly without?: Readonly<Partial<Record<CaseName, string>>>;
}

type CaseName = keyof typeof CASES;

export const ALICE: Credential = { kind: 'basic', username: 'alice', password: 'pa:ss\u00e9 ' };
const HOST = 'registry.example.com';

/** Asks a keychain for the repository of an image. */
export async function ask(
  keychain: Keychain,
  image: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly (Credential | Withheld)[]> {
  return await keychain.credentials(parseReference(image).repository, signal);
}

const CASES = {
  'user and password': async ({ make }: KeychainMaker) => {
    assert.deepEqual(await ask(make(HOST, ALICE), `${HOST}/a/b:1`), [ALICE]);
  },
  'identity token': async ({ make }: KeychainMaker) => {
    const token: Credential = { kind: 'identity-token', token: 'refresh' };
    assert.deepEqual(await ask(make(HOST, token), `${HOST}/a`), [token]);
  },
  'registry token': async ({ make }: KeychainMaker) => {
    const token: Credential = { kind: 'registry-token', token: 'bearer' };
    assert.deepEqual(await ask(make(HOST, token), `${HOST}/a`), [token]);
  },
  'host with port': async ({ make }: KeychainMaker) => {
    assert.deepEqual(await ask(make('localhost:5000', ALICE), 'localhost:5000/a'), [ALICE]);
  },
  'IPv6 host': async ({ make }: KeychainMaker) => {
    assert.deepEqual(await ask(make('[::1]:5000', ALICE), '[::1]:5000/a'), [ALICE]);
  },
  'never another host': async ({ make }: KeychainMaker) => {
    const keychain = make(HOST, ALICE);
    for (const other of [
      'registry.example.com.evil.example',
      'evilregistry.example.com',
      'evil.registry.example.com',
      'example.com',
      'registry.example.com:443',
      'registry.example.com:5000',
      'registryxexample.com',
      'evil.example/registry.example.com',
    ]) {
      assert.deepEqual(await ask(keychain, `${other}/a/b`), [], other);
    }
    assert.deepEqual(await ask(keychain, 'nginx'), []);
  },
  'never another port': async ({ make }: KeychainMaker) => {
    const keychain = make('localhost:5000', ALICE);
    for (const other of ['localhost', 'localhost:500', 'localhost:50000', 'localhost:5001']) {
      assert.deepEqual(await ask(keychain, `${other}/a`), [], other);
    }
  },
};

/** Registers what must hold for every source of credentials. */
export function testKeychain(maker: KeychainMaker): void {
  for (const [name, run] of Object.entries(CASES)) {
    const out = Object.keys(maker.without ?? {}).includes(name);
    if (!out) test(`${maker.name}: ${name}`, async () => await run(maker));
  }
}
