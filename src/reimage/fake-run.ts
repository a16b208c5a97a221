import { compileGoRegexp, compileTemplate } from '../go/index.ts';
import type { Clock } from '../http/index.ts';
import { type ManifestFile, NO_RULES } from '../manifest/index.ts';
import { RegistryClient } from '../registry/index.ts';
import type { Attester } from '../attestation/index.ts';
import type { GateStage, RunContext, RunLog, RunOptions } from './options.ts';
import { type RunProgress, startOfRun } from './progress.ts';

const DEFAULT_TEMPLATE = '{{ .RemotePath }}/{{ .Registry }}/{{ .Repository }}:{{ .DigestHex }}';

/** The options of a command without flags, and what is given, for tests. */
export function runOptions(given: Partial<RunOptions> = {}): RunOptions {
  return {
    input: 'k8s',
    rules: NO_RULES,
    failOnUnmatched: false,
    ignore: undefined,
    renameIgnore: compileGoRegexp('^$'),
    rename: undefined,
    forceDigest: false,
    keepTag: false,
    clobber: false,
    copy: true,
    referrers: true,
    staticMapping: undefined,
    verifyStaticMapping: true,
    allowMissing: false,
    writeMapping: { file: undefined, image: undefined, imagesLock: undefined, kbldLock: undefined },
    mappingsOnly: false,
    shard: undefined,
    shardPatience: 60_000,
    dryRun: false,
    plan: false,
    jobs: 4,
    ...given,
  };
}

/** The `rename` option of a remote path. */
export function renaming(remotePath: string, template: string = DEFAULT_TEMPLATE): RunOptions['rename'] {
  return { remotePath, template: compileTemplate(template, { name: 'rename-template' }) };
}

/** A run's surroundings in memory, for tests: files by path, no credentials, only the registries are real. */
export class FakeRun implements RunContext {
  readonly client: RegistryClient;
  readonly signal: AbortSignal;
  readonly gate: GateStage | undefined;
  readonly attesters: readonly Attester[];
  readonly files = new Map<string, string>();
  readonly logged: string[] = [];
  readonly progress: RunProgress = startOfRun();
  readonly log: RunLog = {
    debug: () => undefined,
    info: (message) => void this.logged.push(message),
    warn: (message) => void this.logged.push(`warning: ${message}`),
  };
  readonly #manifests: readonly ManifestFile[];

  constructor(
    manifests: readonly ManifestFile[] = [],
    {
      signal = new AbortController().signal,
      gate,
      attesters = [],
      clock,
    }: {
      readonly signal?: AbortSignal;
      readonly gate?: GateStage;
      readonly attesters?: readonly Attester[];
      readonly clock?: Clock;
    } = {},
  ) {
    this.gate = gate;
    this.attesters = attesters;
    this.#manifests = manifests;
    this.signal = signal;
    this.client = new RegistryClient({
      keychain: { credentials: async () => [] },
      registries: { registries: [], credentialHelpers: [] },
      certificates: async () => ({ ca: [] }),
      variables: {},
      signal,
      ...(clock ? { clock } : {}),
    });
  }

  async readManifests(): Promise<readonly ManifestFile[]> {
    return this.#manifests;
  }

  async readFile(path: string): Promise<string> {
    const text = this.files.get(path);
    if (text === undefined) throw new Error(`cannot read ${path}: there is no such file`);
    return text;
  }

  async writeFile(path: string, text: string): Promise<void> {
    this.files.set(path, text);
  }
}
