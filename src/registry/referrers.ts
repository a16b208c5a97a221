import {
  type Descriptor,
  type Digest,
  digestAlgorithm,
  digestHex,
  digestOf,
  type Manifest,
  MEDIA_TYPE,
} from '../oci/index.ts';
import { RegistryError } from './errors.ts';
import { listReferrers } from './listing.ts';
import type { Origin } from './origin.ts';
import { type FetchedManifest, fetchManifest, type TagOrDigest } from './pull.ts';
import type { PullSource } from './pull-source.ts';
import { putManifest } from './push.ts';

/** What hangs on a manifest: referrers by digest, and cosign's tags that are named after the manifest's digest. */
export interface Attached {
  readonly referrers: readonly Digest[];
  readonly tags: readonly string[];
}

/** The tag that stands in for the referrers API (OCI distribution specification, "Referrers Tag Schema"). */
export function referrersTag(digest: Digest): string {
  return `${digestAlgorithm(digest)}-${digestHex(digest).slice(0, 64)}`;
}

/** Where a registry does not list its tags, these are tried. */
const COSIGN_SUFFIXES = ['.sig', '.att', '.sbom'];

/** Finds what is attached to manifests of one source repository, in few requests. */
export class AttachedFinder {
  readonly #source: PullSource;
  readonly #signal: AbortSignal;
  readonly #found = new Map<Digest, Promise<Attached>>();

  constructor(source: PullSource, signal: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
  }

  /** Throws `RegistryError`. */
  find(digest: Digest): Promise<Attached> {
    let finding = this.#found.get(digest);
    if (!finding) {
      finding = this.#find(digest);
      this.#found.set(digest, finding);
    }
    return finding;
  }

  async #find(digest: Digest): Promise<Attached> {
    const base = referrersTag(digest);
    const [listed, tags] = await Promise.all([this.#listed(digest), this.#source.tags()]);
    const tagged =
      tags?.filter((tag) => tag.startsWith(`${base}.`)) ?? COSIGN_SUFFIXES.map((suffix) => base + suffix);
    if (listed) return { referrers: listed, tags: tagged };
    const fallback = tags === undefined || tags.includes(base) ? await this.#fallback(base) : [];
    return { referrers: fallback, tags: tagged };
  }

  async #listed(digest: Digest): Promise<readonly Digest[] | undefined> {
    return (await listedByApi(this.#source.answering, digest, this.#signal))?.map((found) => found.digest);
  }

  async #fallback(tag: string): Promise<readonly Digest[]> {
    return (await listedByTag(this.#source.answering, tag, this.#signal)).map(({ digest }) => digest);
  }
}

/** True for an image of signatures that has all those of another; each is a layer with its annotations. */
export function hasLayersOf(image: Manifest, other: Manifest): boolean {
  if (image.kind !== 'image' || other.kind !== 'image') return false;
  const layers = new Set(image.layers.map(layerKey));
  return other.layers.every((layer) => layers.has(layerKey(layer)));
}

function layerKey({ digest, annotations = {} }: Descriptor): string {
  return JSON.stringify([digest, Object.entries(annotations).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

/** What refers to a manifest, by the referrers API or by the tag that stands in for it. Throws `RegistryError`. */
export async function findReferrers(
  origin: Origin,
  digest: Digest,
  signal: AbortSignal,
): Promise<readonly Descriptor[]> {
  return (
    (await listedByApi(origin, digest, signal)) ?? (await listedByTag(origin, referrersTag(digest), signal))
  );
}

/** The first question to a host is asked alone: a host without the API is not asked once per image. */
async function listedByApi(
  origin: Origin,
  digest: Digest,
  signal: AbortSignal,
): Promise<readonly Descriptor[] | undefined> {
  const { facts } = origin.host;
  if (facts.referrersApi !== undefined && !(await facts.referrersApi)) return undefined;
  const asking = listReferrers(origin, digest, signal);
  facts.referrersApi ??= asking.then(
    (answer) => answer !== 'unsupported',
    () => true,
  );
  const answer = await asking;
  return typeof answer === 'string' ? undefined : answer;
}

async function listedByTag(origin: Origin, tag: string, signal: AbortSignal): Promise<readonly Descriptor[]> {
  const fetched = await fetchManifest(origin, { tag, digest: undefined }, signal);
  return fetched?.manifest.kind === 'index' ? fetched.manifest.manifests : [];
}

/** Keeps the referrers tags of a target whose registry does not list referrers itself; one writer per subject. */
export class ReferrersTagWriter {
  readonly #writing = new Map<string, Promise<void>>();

  /** Pushes a manifest, and lists it at its subject where the registry does not do that itself. Throws `RegistryError`. */
  async put(
    target: Origin,
    wanted: TagOrDigest,
    fetched: FetchedManifest,
    signal: AbortSignal,
  ): Promise<void> {
    const known = await putManifest(target, wanted, fetched, signal);
    const subject = fetched.manifest.kind === 'schema1' ? undefined : fetched.manifest.subject;
    if (subject && !known) await this.#add(target, subject.digest, fetched, signal);
  }

  /** Adds a referrer to its subject's index, once. */
  async #add(target: Origin, subject: Digest, referrer: FetchedManifest, signal: AbortSignal): Promise<void> {
    const key = `${target.host.registry}/${target.repository.path}@${subject}`;
    const before = this.#writing.get(key) ?? Promise.resolve();
    const writing = before.catch(() => undefined).then(() => write(target, subject, referrer, signal));
    this.#writing.set(key, writing);
    await writing;
  }
}

async function write(
  target: Origin,
  subject: Digest,
  referrer: FetchedManifest,
  signal: AbortSignal,
): Promise<void> {
  const tag = referrersTag(subject);
  const there = await fetchManifest(target, { tag, digest: undefined }, signal);
  if (there && there.manifest.kind !== 'index') {
    throw new RegistryError({
      ...target,
      operation: `list ${referrer.digest} as a referrer of ${subject}`,
      reason: `tag "${tag}" is not an index`,
    });
  }
  const others = there?.manifest.kind === 'index' ? there.manifest.manifests : [];
  if (others.some(({ digest }) => digest === referrer.digest)) return;
  const index = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.ociIndex,
    manifests: [...others, describe(referrer)],
  };
  const bytes = Buffer.from(JSON.stringify(index));
  const manifest = { bytes, mediaType: MEDIA_TYPE.ociIndex, digest: digestOf(bytes) };
  await putManifest(target, { tag, digest: undefined }, manifest, signal);
}

function describe({ manifest, mediaType, digest, bytes }: FetchedManifest): Descriptor {
  const artifactType = artifactTypeOf(manifest);
  const annotations = manifest.kind === 'schema1' ? undefined : manifest.annotations;
  return {
    mediaType,
    digest,
    size: bytes.byteLength,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations ? { annotations } : {}),
  };
}

function artifactTypeOf(manifest: Manifest): string | undefined {
  if (manifest.kind === 'schema1') return undefined;
  return manifest.artifactType ?? (manifest.kind === 'image' ? manifest.config.mediaType : undefined);
}
