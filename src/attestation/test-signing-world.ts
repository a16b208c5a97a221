import { generateKeyPairSync } from 'node:crypto';
import { TestClient } from '../../test/support/client.ts';
import {
  buildImage,
  type EmbeddedRegistry,
  putImage,
  type RegistryOptions,
  startRegistry,
} from '../testing/index.ts';
import type { AttestationSubject } from './attester.ts';
import { CosignKey } from './cosign-key.ts';

export const SIGNED_IMAGE = buildImage();
export const OTHER_IMAGE = buildImage({ layers: [{ seed: 3, size: 100 }] });

/** A registry with two images in `team/app`, and a client of it. */
export interface SigningWorld {
  readonly registry: EmbeddedRegistry;
  readonly subject: AttestationSubject;
  readonly other: AttestationSubject;
  readonly test: TestClient;
}

export async function withSigningWorld(
  options: RegistryOptions,
  body: (world: SigningWorld) => Promise<void>,
): Promise<void> {
  await using registry = await startRegistry(options);
  using test = new TestClient();
  putImage(registry.store, 'team/app', '1', SIGNED_IMAGE);
  putImage(registry.store, 'team/app', '2', OTHER_IMAGE);
  const repository = { registry: registry.host, path: 'team/app' };
  const subject = { repository, digest: SIGNED_IMAGE.root.digest };
  await body({ registry, subject, other: { repository, digest: OTHER_IMAGE.root.digest }, test });
}

/** A key whose signatures of one text are all the same. */
export function newKey(): CosignKey {
  return new CosignKey(generateKeyPairSync('ed25519').privateKey);
}
