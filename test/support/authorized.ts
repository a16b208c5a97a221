import assert from 'node:assert/strict';
import type { Credential } from '../../src/registry/index.ts';
import {
  buildImage,
  type EmbeddedRegistry,
  putImage,
  type RequestRecord,
  startRegistry,
  type TokenOptions,
  type User,
} from '../../src/testing/index.ts';
import { QuickClock, TestClient } from './client.ts';

export const IMAGE = buildImage();
const ANN: User = { name: 'ann', password: 'secret', identityToken: 'ann-for-ever' };
export const ANN_BASIC: Credential = { kind: 'basic', username: 'ann', password: 'secret' };
export const WRONG: Credential = { kind: 'basic', username: 'ann', password: 'wrong' };

/** A registry that knows its users, and a client of it. */
export interface Authorized {
  readonly registry: EmbeddedRegistry;
  readonly subject: TestClient;
}

export interface AuthorizedOptions {
  readonly auth?: Partial<TokenOptions>;
  /** Asks for user and password with each request, and has no tokens. */
  readonly basic?: boolean;
  /** What the client has; ann's password when not given. */
  readonly credentials?: readonly Credential[];
  /** How many there are: `team/app-0` and on. */
  readonly repositories?: number;
}

/** A registry and a client that share a clock, with one image in each repository. */
export async function withAuthorized(
  { auth = {}, basic = false, credentials = [ANN_BASIC], repositories = 1 }: AuthorizedOptions,
  body: (setting: Authorized) => Promise<void>,
): Promise<void> {
  const clock = new QuickClock();
  const users = [ANN];
  await using registry = await startRegistry({
    auth: basic ? { kind: 'basic', users } : { kind: 'token', users, ...auth },
    now: () => clock.now(),
  });
  for (let index = 0; index < repositories; index++) {
    putImage(registry.store, `team/app-${index}`, '1', IMAGE);
  }
  using subject = new TestClient({ clock, credentials: { [registry.host]: credentials } });
  await body({ registry, subject });
}

/** Looks the first `count` images up, all at once. */
export async function resolveAll({ registry, subject }: Authorized, count: number): Promise<void> {
  const indexes = Array.from({ length: count }, (_, index) => index);
  const found = await Promise.all(
    indexes.map((index) => subject.digestOf(`${registry.host}/team/app-${index}:1`)),
  );
  assert.deepEqual(found, Array(count).fill(IMAGE.root.digest));
}

export function scopesOf({ query }: RequestRecord): string[] {
  return new URLSearchParams(query).getAll('scope');
}

/** The requests for tokens, in order. */
export function tokens(registry: EmbeddedRegistry): readonly RequestRecord[] {
  return registry.requests.filter(({ kind }) => kind === 'token');
}
