import {
  choosePlatform,
  type ImageConfig,
  ImageConfigError,
  type ImageManifest,
  MEDIA_TYPE,
  parseImageConfig,
  type Platform,
} from '../oci/index.ts';
import { LookupError } from './failure.ts';
import type { Content } from './fact-store.ts';
import type { ImageReader, ReadManifest } from './registry-reader.ts';

/** Indexes in indexes that are followed; nobody is known to use more than two. */
const MAX_DEPTH = 4;
const MAX_CONFIG = 8 * 1024 * 1024;
const LONGEST_FAULT = 300;
/** Labels, or annotations, that are kept of an image, and their length in characters. */
const MOST_PAIRS = 1000;
const LONGEST_PAIRS = 256 * 1024;

/**
 * Config types of images that run. Besides the two, those with which old registries and builders marked the config
 * by mistake, and which container runtimes therefore take.
 */
const CONFIG_TYPES = new Set<string>([
  MEDIA_TYPE.ociConfig,
  MEDIA_TYPE.dockerConfig,
  'application/octet-stream',
  'application/json',
  'text/html',
  '',
]);

export interface ReadFactsOptions {
  /** Undefined for the first of an index. */
  readonly platform: Platform | undefined;
  readonly signal: AbortSignal;
}

/**
 * Reads what is known of a manifest's image: down its indexes to one platform, and that one's config. Returns the
 * reason where there can be no facts. Throws `LookupError` for a child that is missing, `RegistryError`, or the signal's reason.
 */
export async function readFacts(
  reader: ImageReader,
  root: ReadManifest,
  { platform, signal }: ReadFactsOptions,
): Promise<Content> {
  const inherited: Readonly<Record<string, string>>[] = [];
  let { manifest } = root;
  for (let depth = 0; manifest.kind === 'index'; depth++) {
    if (depth === MAX_DEPTH) return unsupported(`its indexes are nested more than ${MAX_DEPTH} deep`);
    inherited.unshift(manifest.annotations ?? {});
    const chosen = choosePlatform(manifest, platform);
    if (!chosen) return unsupported('its index has no image that runs');
    const child = await reader.manifest({ tag: undefined, digest: chosen.digest }, signal);
    if (!child) throw new LookupError('not_found', `the index names ${chosen.digest}, which is not there`);
    manifest = child.manifest;
  }
  if (manifest.kind === 'schema1') return unsupported('it is a Docker schema 1 image, which has no config');
  const { config } = manifest;
  if (!CONFIG_TYPES.has(config.mediaType)) {
    return unsupported(`it is no image but an artifact (its config is of type ${config.mediaType})`);
  }
  const said = readConfig(await reader.blob(config, MAX_CONFIG, signal));
  if (said instanceof LookupError) return said;
  const annotations = new Map<string, string>();
  for (const level of [manifest.annotations ?? {}, ...inherited]) {
    for (const [key, value] of Object.entries(level)) if (!annotations.has(key)) annotations.set(key, value);
  }
  const labels = bounded(said.labels);
  const kept = bounded(annotations);
  const leftOut = { labels: labels.leftOut, annotations: kept.leftOut };
  return {
    digest: root.digest,
    size: sizeOf(manifest),
    created: said.created,
    labels: labels.pairs,
    annotations: kept.pairs,
    ...(leftOut.labels + leftOut.annotations > 0 ? { leftOut } : {}),
  };
}

/** The first pairs, as many as can be kept of hundreds of images; who builds one may put megabytes into it. */
function bounded(all: ReadonlyMap<string, string>): {
  readonly pairs: ReadonlyMap<string, string>;
  readonly leftOut: number;
} {
  const pairs = new Map<string, string>();
  let length = 0;
  for (const [key, value] of all) {
    length += key.length + value.length;
    if (pairs.size === MOST_PAIRS || length > LONGEST_PAIRS) break;
    pairs.set(key, value);
  }
  return { pairs, leftOut: all.size - pairs.size };
}

/** As the Go program counts: a layer that is there twice counts twice. */
function sizeOf({ config, layers }: ImageManifest): number {
  let size = config.size;
  for (const layer of layers) size += layer.size;
  return size;
}

/** Its digest is right, so that it is no registry's fault what it says, and it will never say anything else. */
function readConfig(bytes: Uint8Array): ImageConfig | LookupError {
  try {
    return parseImageConfig(bytes);
  } catch (error) {
    if (error instanceof ImageConfigError) return unsupported(error.message);
    throw error;
  }
}

/** The fault may quote what somebody put into the image, and is kept. */
function unsupported(fault: string): LookupError {
  const words = fault.replace(/[\s\p{Cc}]+/gu, ' ');
  const cut = words.length > LONGEST_FAULT ? `${words.slice(0, LONGEST_FAULT)}…` : words;
  return new LookupError('unsupported', cut);
}
