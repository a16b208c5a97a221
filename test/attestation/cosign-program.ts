import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestKey, TEST_PASSWORD } from '../../src/attestation/test-cosign-keys.ts';
import { type Outcome, run, runOk } from '../support/processes.ts';

/** `tag` is what every version of cosign reads; `bundle` is what version 3 writes. */
export type Form = 'tag' | 'bundle';

/** What a signature says of itself, by which the two forms can be told apart. */
export const STATEMENT: Readonly<Record<Form, string>> = {
  tag: 'cosign container image signature',
  bundle: 'https://sigstore.dev/cosign/sign/v1',
};

const LOCAL = ['--allow-http-registry'];
const UNLOGGED = ['--tlog-upload=false', '--use-signing-config=false', '--yes'];

/** The real cosign, with a home of its own and without a network to ask. */
export class CosignProgram implements AsyncDisposable {
  readonly #program: string;
  readonly #folder: string;

  private constructor(program: string, folder: string) {
    this.#program = program;
    this.#folder = folder;
  }

  static async create(program: string): Promise<CosignProgram> {
    return new CosignProgram(program, await mkdtemp(join(tmpdir(), 'tallyman-cosign-')));
  }

  async sign(image: string, key: TestKey, form: Form): Promise<void> {
    const args = ['sign', '--key', await this.#file('private', key.keyText), ...UNLOGGED, ...LOCAL];
    await runOk(this.#program, [...args, flagFor(form), image], { env: this.#env });
  }

  /** Verifies in one form; `more` are flags. */
  async verify(
    image: string,
    key: TestKey,
    form: Form,
    more: readonly string[] = [],
  ): Promise<Outcome & { readonly statements: readonly unknown[] }> {
    const args = ['verify', '--key', await this.#file('public', key.publicKey), '--insecure-ignore-tlog'];
    const outcome = await run(this.#program, [...args, ...LOCAL, flagFor(form), ...more, image], {
      env: this.#env,
    });
    return { ...outcome, statements: statementsOf(outcome.stdout) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #env(): Record<string, string> {
    return { HOME: this.#folder, COSIGN_PASSWORD: TEST_PASSWORD };
  }

  async #file(name: string, text: string): Promise<string> {
    const path = join(this.#folder, name);
    await writeFile(path, text);
    return path;
  }
}

function flagFor(form: Form): string {
  return `--new-bundle-format=${form === 'bundle'}`;
}

/** `critical.type` of each signature that cosign found good. */
function statementsOf(stdout: string): unknown[] {
  if (stdout.trim() === '') return [];
  const found: unknown = JSON.parse(stdout);
  if (!Array.isArray(found)) throw new Error(`cosign printed ${stdout}`);
  return found.map((item: { critical?: { type?: unknown } }) => item.critical?.type);
}
