import type { ProcessResult, ProcessRunner } from '../process/index.ts';
import type { Credential } from '../registry/index.ts';
import { CredentialError } from './errors.ts';
import { type Now, SharedLookups } from './shared-lookups.ts';

export interface HelperOptions {
  readonly run: ProcessRunner;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly clock: Now;
}

const HOUR = 3_600_000;
const NOT_FOUND = 'credentials not found in native keychain';

/**
 * Asks credential helpers by docker's protocol (github.com/docker/docker-credential-helpers): the server on
 * stdin, `{"Username","Secret"}` back. Each helper is asked once an hour for each server.
 */
export class CredentialHelpers {
  readonly #options: HelperOptions;
  readonly #lookups: SharedLookups<Credential | undefined>;

  constructor(options: HelperOptions) {
    this.#options = options;
    this.#lookups = new SharedLookups(options.clock, HOUR);
  }

  /** The credential a helper keeps for a server, undefined if it has none; throws `CredentialError`. */
  async get(name: string, server: string, signal: AbortSignal): Promise<Credential | undefined> {
    // The name becomes part of a program's name: it must not lead to a program outside PATH.
    if (!/^[\w.+@-]+$/.test(name))
      throw new CredentialError(`"${name}" is not the name of a credential helper`);
    return await this.#lookups.get(`${name}\n${server}`, (lookup) => this.#ask(name, server, lookup), signal);
  }

  async #ask(name: string, server: string, signal: AbortSignal): Promise<Credential | undefined> {
    const program = `docker-credential-${name}`;
    const { exitCode, stdout, stderr } = await this.#run(program, server, signal);
    if (exitCode !== 0) {
      if (stdout.trim() === NOT_FOUND) return undefined;
      throw new CredentialError(
        [
          `credential helper ${program} failed for ${server}`,
          exitCode === null ? 'it was killed' : `exit code ${exitCode}`,
          lastLine(stderr),
        ]
          .filter((part) => part !== '')
          .join(': '),
      );
    }
    const answer = parseAnswer(stdout);
    if (answer === undefined) {
      throw new CredentialError(
        `credential helper ${program} answered for ${server} with something that is no credential`,
      );
    }
    const [username, secret] = answer;
    if (secret === '') return undefined;
    if (username === '<token>') return { kind: 'identity-token', token: secret };
    return { kind: 'basic', username, password: secret };
  }

  async #run(program: string, server: string, signal: AbortSignal): Promise<ProcessResult> {
    const { run, variables } = this.#options;
    try {
      return await run({ program, args: ['get'], input: server, variables }, signal);
    } catch (cause) {
      if (cause instanceof Error && Reflect.get(cause, 'code') === 'ENOENT') {
        throw new CredentialError(`credential helper ${program}, needed for ${server}, is not on PATH`);
      }
      throw new CredentialError(`credential helper ${program} cannot be asked for ${server}`, { cause });
    }
  }
}

function parseAnswer(stdout: string): readonly [username: string, secret: string] | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(stdout);
  } catch {
    return undefined;
  }
  if (typeof answer !== 'object' || answer === null) return undefined;
  const username: unknown = Reflect.get(answer, 'Username') ?? '';
  const secret: unknown = Reflect.get(answer, 'Secret') ?? '';
  return typeof username === 'string' && typeof secret === 'string' ? [username, secret] : undefined;
}

/** What a helper says of its failure; docker lets stderr through to the terminal, stdout may hold the secret. */
function lastLine(stderr: string): string {
  const line = stderr.trim().split('\n').at(-1) ?? '';
  const printable = line.replace(/\p{Cc}+/gu, ' ').trim();
  return printable.length <= 200 ? printable : `${printable.slice(0, 200)}…`;
}
