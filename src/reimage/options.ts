import type { GoRegexp, Template } from '../go/index.ts';
import type { ImageRules, ManifestFile } from '../manifest/index.ts';
import type { Reference } from '../oci/index.ts';
import type { Attester } from '../attestation/index.ts';
import type { RegistryClient } from '../registry/index.ts';
import type { Gate, GateReport, UnusedIgnore } from '../vulnerability/index.ts';
import type { RunProgress } from './progress.ts';
import type { Shard } from './shard.ts';

/** What a run shall do; everything in it has been checked for form. */
export interface RunOptions {
  readonly input: 'k8s' | 'yaml';
  readonly rules: ImageRules;
  /** Objects in which no rule finds an image must have nothing that looks like one. */
  readonly failOnUnmatched: boolean;
  /** Images that are passed over: the text as written. */
  readonly ignore: GoRegexp | undefined;
  /** Images that keep their name: the text as written. */
  readonly renameIgnore: GoRegexp;
  /** Undefined when nothing is renamed. */
  readonly rename: { readonly template: Template; readonly remotePath: string } | undefined;
  readonly forceDigest: boolean;
  /** Pins as `repository:tag@digest`. */
  readonly keepTag: boolean;
  readonly clobber: boolean;
  readonly copy: boolean;
  readonly referrers: boolean;
  readonly staticMapping: MappingPlace | undefined;
  readonly verifyStaticMapping: boolean;
  /** Images that the static mapping does not have keep their names. */
  readonly allowMissing: boolean;
  /** Where mappings are written, in whose form. */
  readonly writeMapping: {
    readonly file: string | undefined;
    readonly image: Reference | undefined;
    readonly imagesLock: string | undefined;
    readonly kbldLock: string | undefined;
  };
  readonly mappingsOnly: boolean;
  /** The part of the images that is this run's; undefined for all of them. */
  readonly shard: Shard | undefined;
  /** How long other shards may show no progress before they are not waited for any more, in milliseconds. */
  readonly shardPatience: number;
  readonly dryRun: boolean;
  /** Prints what would be done, and does nothing. */
  readonly plan: boolean;
  /** Images that are looked up or copied at the same time. */
  readonly jobs: number;
}

/** Where a mapping is read from. */
export type MappingPlace =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'image'; readonly reference: Reference };

/** What a run works with; all that it does to the world goes through here. */
export interface RunContext {
  readonly client: RegistryClient;
  readonly log: RunLog;
  readonly progress: RunProgress;
  readonly signal: AbortSignal;
  /** Undefined where nothing is scanned. */
  readonly gate: GateStage | undefined;
  readonly attesters: readonly Attester[];
  /** The manifests; asked for only when they are needed. */
  readManifests(): Promise<readonly ManifestFile[]>;
  readFile(path: string): Promise<string>;
  /** Replaces a file whole or not at all; readable by its owner only. */
  writeFile(path: string, bytes: string): Promise<void>;
}

/** What a run tells the report of the gate. */
export type RunOutcome = Pick<GateReport, 'verdict' | 'images' | 'failures'>;

/** The gate, and what is told of its work. */
export interface GateStage {
  readonly gate: Gate;
  /** Of all images so far. */
  unusedIgnores(): readonly UnusedIgnore[];
  /** Undefined where no report is wanted. */
  readonly report: ((outcome: RunOutcome) => Promise<void>) | undefined;
}

export interface RunLog {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
