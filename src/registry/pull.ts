import {
  bareMediaType,
  type Descriptor,
  type Digest,
  digestAlgorithm,
  digestOf,
  isDigest,
  isSchema1Type,
  type Manifest,
  MANIFEST_MEDIA_TYPES,
  ManifestError,
  parseManifest,
  type Reference,
} from '../oci/index.ts';
import { discard, MAX_MANIFEST } from './body.ts';
import { ContentError, RegistryError } from './errors.ts';
import { type Answer, type Call, exchange } from './exchange.ts';
import type { Origin } from './origin.ts';

/** What a tag or digest points at; `size` in bytes where the registry told it. */
export interface Resolved {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number | undefined;
}

/** A manifest with the bytes that its digest stands for. */
export interface FetchedManifest {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly digest: Digest;
  readonly manifest: Manifest;
}

/** What identifies a blob and says how long it is, in bytes. */
export type BlobDescriptor = Pick<Descriptor, 'digest' | 'size'>;

export type TagOrDigest = Pick<Reference, 'tag' | 'digest'>;

const ACCEPT = MANIFEST_MEDIA_TYPES.join(', ');
/** Statuses with which hosts refuse HEAD as such. */
const NO_HEAD = [405, 501];

/** Rights that will be needed soon, to be asked for in the same token. */
export type Rights = Pick<Call, 'push' | 'from'>;

/**
 * Looks a tag or digest up by HEAD; by GET only where the answer has no digest or HEAD is refused.
 * Undefined when there is no such manifest. Throws `RegistryError`.
 */
export async function resolveAt(
  origin: Origin,
  wanted: TagOrDigest,
  signal: AbortSignal,
  rights: Rights = {},
): Promise<Resolved | undefined> {
  const operation = `look up ${describe(wanted)}`;
  const call = {
    ...origin,
    ...rights,
    operation,
    target: `manifests/${text(wanted)}`,
    headers: { accept: ACCEPT },
    signal,
  };
  const answer = await exchange({ ...call, method: 'HEAD', expect: [200, 404, ...NO_HEAD] });
  await discard(answer);
  if (answer.status === 404) return undefined;
  const digest = answer.headers['docker-content-digest'];
  if (answer.status === 200 && digest !== undefined && isDigest(digest)) {
    if (wanted.digest !== undefined && wanted.digest !== digest) {
      throw new RegistryError({ ...call, reason: `the registry answered with ${digest}` });
    }
    const length = Number(answer.headers['content-length']);
    const size = Number.isSafeInteger(length) && length > 0 ? length : undefined;
    return { digest, mediaType: bareMediaType(answer.headers['content-type']), size };
  }
  const fetched = await fetchManifest(origin, wanted, signal, operation);
  return fetched && { digest: fetched.digest, mediaType: fetched.mediaType, size: fetched.bytes.byteLength };
}

/** Reads and verifies a manifest; undefined when there is none. Throws `RegistryError`. */
export async function fetchManifest(
  origin: Origin,
  wanted: TagOrDigest,
  signal: AbortSignal,
  operation: string = `read manifest ${describe(wanted)}`,
): Promise<FetchedManifest | undefined> {
  const call = {
    ...origin,
    operation,
    target: `manifests/${text(wanted)}`,
    headers: { accept: ACCEPT },
    signal,
  };
  const answer = await exchange({ ...call, method: 'GET', expect: [200, 404], limit: MAX_MANIFEST });
  if (answer.status === 404) return undefined;
  try {
    const { bytes } = answer;
    const contentType = answer.headers['content-type'];
    const digest = manifestDigest(bytes, wanted, answer);
    const manifest = parseManifest(bytes, contentType);
    return { bytes, mediaType: manifest.mediaType, digest, manifest };
  } catch (cause) {
    if (!(cause instanceof ContentError || cause instanceof ManifestError)) throw cause;
    throw new RegistryError({ ...call, reason: cause.message, cause });
  }
}

/** Opens a blob from `offset` bytes on, not yet verified; undefined when there is none. Throws `RegistryError`. */
export async function openBlob(
  origin: Origin,
  descriptor: BlobDescriptor,
  offset: number,
  signal: AbortSignal,
): Promise<Answer | undefined> {
  const answer = await exchange({
    ...origin,
    operation: `read blob ${descriptor.digest}`,
    method: 'GET',
    target: `blobs/${descriptor.digest}`,
    ...(offset === 0 ? {} : { headers: { range: `bytes=${offset}-` } }),
    expect: offset === 0 ? [200, 404] : [200, 206, 404],
    signal,
  });
  if (answer.status !== 404) return answer;
  await discard(answer);
  return undefined;
}

function manifestDigest(bytes: Uint8Array, wanted: TagOrDigest, answer: Answer): Digest {
  const header = answer.headers['docker-content-digest'];
  const claimed = header !== undefined && isDigest(header) ? header : undefined;
  const mediaType = bareMediaType(answer.headers['content-type']);
  // A signed schema 1 manifest's digest covers its payload, not these bytes: only the registry can tell it.
  if (isSchema1Type(mediaType) && claimed !== undefined && (wanted.digest ?? claimed) === claimed)
    return claimed;
  const expected = wanted.digest ?? claimed;
  const actual = digestOf(bytes, expected === undefined ? 'sha256' : digestAlgorithm(expected));
  if (expected !== undefined && actual !== expected) {
    const called = claimed === undefined || claimed === actual ? '' : `, which it calls ${claimed}`;
    throw new ContentError(`the registry answered with ${actual}${called}`);
  }
  return actual;
}

function text({ tag, digest }: TagOrDigest): string {
  return digest ?? tag ?? 'latest';
}

function describe({ tag, digest }: TagOrDigest): string {
  return digest ?? `tag "${tag ?? 'latest'}"`;
}
