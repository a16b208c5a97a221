import { type Clock, SharedRun } from '../http/index.ts';
import type { ProcessResult, ProcessRunner } from '../process/index.ts';
import { ConfigError } from './config-error.ts';
import { type ExecCredential, parseExecCredential } from './exec-credential.ts';
import { type Authenticator, type Identity, isCurrent } from './identity.ts';
import { Scope } from './scope.ts';
import { printable } from './words.ts';

export interface ExecPluginOptions {
  /** For messages: `exec plugin aws of ~/.kube/config, context "dev"`. */
  readonly name: string;
  readonly apiVersion: string;
  /** A path, or a name on PATH. */
  readonly command: string;
  readonly args: readonly string[];
  /** All of the plugin's environment, without KUBERNETES_EXEC_INFO. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly installHint: string | undefined;
  /** What KUBERNETES_EXEC_INFO says of the cluster; undefined where the plugin is not to be told. */
  readonly cluster: ((signal: AbortSignal) => Promise<Readonly<Record<string, unknown>>>) | undefined;
  readonly run: ProcessRunner;
  readonly clock: Clock;
}

/** A plugin may ask a cloud; more than this, in milliseconds, and it hangs. */
const PATIENCE = 60_000;
/** How long before its end a credential is replaced, in milliseconds, unless it lives shorter than ten times that. */
const EARLY = 60_000;

/**
 * Credentials of a program that a kubeconfig names. It runs once for all who wait, again shortly before its credential
 * ends, and when that is refused; a renewal that fails is no failure while the old credential lasts.
 */
export class ExecPlugin implements Authenticator {
  readonly #options: ExecPluginOptions;
  readonly #runs: SharedRun<Identity>;
  #credential: ExecCredential | undefined;
  #renewal = 0;

  constructor(options: ExecPluginOptions) {
    this.#options = options;
    this.#runs = new SharedRun((signal) => this.#renew(signal));
  }

  async identity(signal: AbortSignal): Promise<Identity> {
    if (this.#credential !== undefined && this.#options.clock.now() < this.#renewal)
      return this.#credential.identity;
    return await this.#runs.join(signal);
  }

  refuse(identity: Identity): boolean {
    // Of many requests that were refused together only the first one costs a run.
    if (this.#credential !== undefined && isCurrent(this.#credential.identity, identity))
      this.#credential = undefined;
    return true;
  }

  async #renew(signal: AbortSignal): Promise<Identity> {
    const old = this.#credential;
    const { clock } = this.#options;
    try {
      const credential = await this.#ask(signal);
      this.#credential = credential;
      const lifetime = (credential.expires ?? Number.POSITIVE_INFINITY) - clock.now();
      this.#renewal = clock.now() + lifetime - Math.min(EARLY, lifetime / 10);
      return credential.identity;
    } catch (error) {
      const rest = (old?.expires ?? 0) - clock.now();
      if (signal.aborted || old === undefined || this.#credential !== old || rest <= 0) throw error;
      this.#renewal = clock.now() + rest / 2;
      return old.identity;
    }
  }

  async #ask(signal: AbortSignal): Promise<ExecCredential> {
    const { name, apiVersion, installHint } = this.#options;
    const { exitCode, stdout, stderr } = await this.#run(signal);
    if (exitCode === 0) return parseExecCredential(stdout, apiVersion, name);
    const end = exitCode === null ? 'it was killed' : `exit code ${exitCode}`;
    const words = lastLines(stderr);
    // Shells and wrappers say with 127 that there is no such program.
    const hint = exitCode === 127 && installHint !== undefined ? ` (${printable(installHint)})` : '';
    throw new ConfigError(`${name} failed: ${end}${words === '' ? '' : `: ${words}`}${hint}`);
  }

  async #run(signal: AbortSignal): Promise<ProcessResult> {
    const { name, command, args, installHint, cluster, apiVersion, variables, run, clock } = this.#options;
    const spec = {
      interactive: false,
      ...(cluster === undefined ? {} : { cluster: await cluster(signal) }),
    };
    const info = JSON.stringify({ kind: 'ExecCredential', apiVersion, spec });
    const request = { program: command, args, variables: { ...variables, KUBERNETES_EXEC_INFO: info } };
    const slow = new ConfigError(`${name} gave no answer within ${PATIENCE / 1000} s`);
    using scope = new Scope([signal]);
    scope.limit(PATIENCE, slow, clock);
    try {
      return await run(request, scope.signal);
    } catch (cause) {
      signal.throwIfAborted();
      if (scope.signal.aborted) throw slow;
      const missing = cause instanceof Error && Reflect.get(cause, 'code') === 'ENOENT';
      const hint = installHint === undefined ? '' : ` (${printable(installHint)})`;
      if (missing) throw new ConfigError(`${name} is not installed: there is no ${command}${hint}`);
      throw new ConfigError(`${name} cannot be run`, { cause });
    }
  }
}

/** What a plugin says of its failure, which is at the end of what it says. */
function lastLines(stderr: string): string {
  return printable(stderr.trim().split('\n').slice(-3).join(' '));
}
