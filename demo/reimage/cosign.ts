import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { P256, TEST_PASSWORD } from '../../src/attestation/test-cosign-keys.ts';
import { CommandFailure, findProgram } from '../programs.ts';
import { type Outcome, runProgram } from './command.ts';
import type { Stage } from './stage.ts';

/** A key pair as `cosign generate-key-pair` writes it. */
export interface KeyPair {
  /** Paths. */
  readonly privateKey: string;
  readonly publicKey: string;
  /** In PEM. */
  readonly publicText: string;
  readonly password: string;
}

/** The path of cosign, on PATH or where the project keeps its helpers; undefined where it is not. */
export async function findCosign({ env }: Stage): Promise<string | undefined> {
  const cache = env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache');
  return await findProgram('cosign', env, [join(cache, 'tallyman', 'bin')]);
}

/** A new key pair of cosign's; without it one that is in this repository, which everybody knows. */
export async function makeKeyPair(program: string | undefined, stage: Stage): Promise<KeyPair> {
  const [privateKey, publicKey] = [stage.path('cosign.key'), stage.path('cosign.pub')];
  if (program === undefined) {
    await stage.write('cosign.key', P256.keyText);
    await stage.write('cosign.pub', P256.publicKey);
    return { privateKey, publicKey, publicText: P256.publicKey, password: TEST_PASSWORD };
  }
  const password = randomBytes(12).toString('hex');
  const args = ['generate-key-pair', '--output-key-prefix', stage.path('cosign')];
  await runCosign(program, args, stage, { COSIGN_PASSWORD: password });
  return { privateKey, publicKey, publicText: await readFile(publicKey, 'utf8'), password };
}

/** Runs cosign to its end; throws `CommandFailure` with its words. */
export async function runCosign(
  program: string,
  args: readonly string[],
  { childEnv, signal }: Stage,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const outcome = await runProgram(program, args, { env: { ...childEnv, ...env }, signal, live: false });
  if (outcome.code === 0) return outcome;
  throw new CommandFailure(`cosign ${args[0]} ended with ${outcome.code}:\n${outcome.stderr.trim()}`);
}
