import { formatReference } from '../oci/index.ts';
import { discard } from './body.ts';
import { uploadChunked } from './chunked.ts';
import type { Destination } from './destination.ts';
import { RegistryError } from './errors.ts';
import { exchange, locate } from './exchange.ts';
import type { Origin } from './origin.ts';
import { type BlobDescriptor, type FetchedManifest, resolveAt, type TagOrDigest } from './pull.ts';
import { backOff, MAX_TRIES } from './retry.ts';
import { type BlobContent, cancelUpload, startUpload, uploadWhole } from './upload.ts';

/** Statuses of a server or proxy that does not take a whole blob in one request. */
const NOT_WHOLE = new Set([405, 411, 413, 501]);
/** Statuses and codes of a session that is lost, while a new one may succeed. */
const LOST_SESSION = new Set([404, 408, 416, 429, 500, 502, 503, 504]);

/** True when the repository has the blob. Throws `RegistryError`. */
export async function hasBlob(
  target: Origin,
  { digest }: BlobDescriptor,
  signal: AbortSignal,
): Promise<boolean> {
  const answer = await exchange({
    ...target,
    operation: `look for blob ${digest}`,
    method: 'HEAD',
    target: `blobs/${digest}`,
    push: true,
    expect: [200, 404],
    signal,
  });
  await discard(answer);
  return answer.status === 200;
}

/**
 * Links a blob that another repository of the same host has.
 * `mounted`, or the upload session that the registry began instead, or undefined where it refused both.
 */
export async function mountBlob(
  target: Origin,
  { digest }: BlobDescriptor,
  from: string,
  signal: AbortSignal,
): Promise<'mounted' | Destination | undefined> {
  const call = { ...target, operation: `mount blob ${digest} from ${from}` };
  try {
    const answer = await exchange({
      ...call,
      method: 'POST',
      target: `blobs/uploads/?mount=${digest}&from=${encodeURIComponent(from)}`,
      push: true,
      from,
      expect: [201, 202],
      signal,
    });
    await discard(answer);
    return answer.status === 201 ? 'mounted' : locate(call, answer);
  } catch (error) {
    if (signal.aborted || !(error instanceof RegistryError)) throw error;
    if ([400, 405, 501].includes(error.status ?? 0)) target.host.facts.mounts = false;
    return undefined;
  }
}

/**
 * Uploads a blob by POST and PUT, by PATCH where the registry wants pieces; a broken upload begins anew.
 * `session` is one that a mount began. `onBytes` hears of each piece sent, and of a negative number
 * when a broken upload takes them back. Throws `RegistryError`.
 */
export async function pushBlob(
  target: Origin,
  blob: BlobDescriptor,
  content: BlobContent,
  options: {
    readonly session?: Destination | undefined;
    readonly onBytes: (bytes: number) => void;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { signal, onBytes } = options;
  let session = options.session;
  let chunked = false;
  for (let tries = 1; ; tries++) {
    session ??= await startUpload(target, blob, signal);
    let sent = 0;
    const count = (bytes: number): void => {
      sent += bytes;
      onBytes(bytes);
    };
    try {
      if (chunked) await uploadChunked(target, blob, session, content, { onBytes: count, signal });
      else await uploadWhole(target, blob, session, content, { onBytes: count, signal });
      return;
    } catch (error) {
      onBytes(-sent);
      if (signal.aborted) {
        await cancelUpload(target, session);
        throw error;
      }
      const switchToChunks: boolean = !chunked && isRefusalOfWhole(error);
      chunked ||= switchToChunks;
      if (!switchToChunks && (!mayBeginAnew(error, target, blob) || tries >= MAX_TRIES)) {
        await cancelUpload(target, session);
        throw error;
      }
      session = undefined;
      await target.host.throttle.waitOut(signal);
      await target.host.pace.clock.sleep(backOff(tries, target.host.pace.random), signal);
    }
  }
}

/**
 * Pushes a manifest's bytes unchanged, by tag, or by digest where there is no tag.
 * True when the registry itself lists it as a referrer of its subject. Throws `RegistryError`.
 */
export async function putManifest(
  target: Origin,
  wanted: TagOrDigest,
  manifest: Pick<FetchedManifest, 'bytes' | 'mediaType' | 'digest'>,
  signal: AbortSignal,
): Promise<boolean> {
  const name = wanted.tag ?? manifest.digest;
  const operation = `push manifest ${formatReference({ repository: target.repository, tag: wanted.tag, digest: undefined })}`;
  const call = {
    ...target,
    operation: wanted.tag === undefined ? `push manifest ${manifest.digest}` : operation,
  };
  let pushed: string | undefined;
  let listed = false;
  try {
    const answer = await exchange({
      ...call,
      method: 'PUT',
      target: `manifests/${name}`,
      push: true,
      headers: { 'content-type': manifest.mediaType },
      body: manifest.bytes,
      expect: [200, 201, 202, 204],
      signal,
    });
    await discard(answer);
    pushed = answer.headers['docker-content-digest'];
    listed = answer.headers['oci-subject'] !== undefined;
  } catch (error) {
    // A tag that must not change refuses even what it already is.
    const refused = error instanceof RegistryError && [400, 403, 405, 409, 412].includes(error.status ?? 0);
    if (!refused || signal.aborted || wanted.tag === undefined) throw error;
    const there = await resolveAt(target, wanted, signal).catch(() => undefined);
    if (there?.digest !== manifest.digest) throw error;
    return listed;
  }
  pushed ??= (await resolveAt(target, wanted, signal))?.digest;
  if (pushed !== manifest.digest) {
    throw new RegistryError({
      ...call,
      reason: `the registry stored it as ${pushed ?? 'nothing'}, not as ${manifest.digest}`,
    });
  }
  return listed;
}

function isRefusalOfWhole(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false;
  if (NOT_WHOLE.has(error.status ?? 0)) return true;
  // A server that drops the body of the closing PUT finds the digest of nothing.
  return (
    error.status === 400 && error.codes.some((code) => code === 'DIGEST_INVALID' || code === 'SIZE_INVALID')
  );
}

/** A failure of the source, or one that a new session would meet again, is final. */
function mayBeginAnew(error: unknown, target: Origin, blob: BlobDescriptor): boolean {
  if (!(error instanceof RegistryError) || error.operation !== `push blob ${blob.digest}`) return false;
  if (error.repository !== target.repository) return false;
  return (
    error.status === undefined ||
    error.status === 401 ||
    LOST_SESSION.has(error.status) ||
    error.codes.some((code) => code === 'BLOB_UPLOAD_INVALID' || code === 'BLOB_UPLOAD_UNKNOWN')
  );
}
