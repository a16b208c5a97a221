import { digestOf } from '../oci/index.ts';
import { discard } from './body.ts';
import { uploadChunked } from './chunked.ts';
import { RegistryError } from './errors.ts';
import { exchange } from './exchange.ts';
import type { Origin } from './origin.ts';
import { type BlobDescriptor, type FetchedManifest, resolveAt, type TagOrDigest } from './pull.ts';
import { type Outcome, persist } from './persist.ts';
import { together } from './single-flight.ts';
import {
  type BlobContent,
  cancelUpload,
  openedSession,
  startUpload,
  type UploadSession,
  uploadOf,
  uploadWhole,
} from './upload.ts';

/** Statuses of a server or proxy that does not take a whole blob in one request. */
const NOT_WHOLE = new Set([405, 411, 413, 501]);
/** Statuses and codes of a session that is lost, while a new one may succeed. */
const LOST_SESSION = new Set([404, 416]);
const LOST_SESSION_CODES = new Set(['BLOB_UPLOAD_INVALID', 'BLOB_UPLOAD_UNKNOWN']);

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
 * Links a blob that another repository of the same host has, `from` where it is known which.
 * `mounted`, or the upload session that the registry began instead, or undefined where it refused both.
 */
export async function mountBlob(
  target: Origin,
  { digest }: BlobDescriptor,
  from: string | undefined,
  signal: AbortSignal,
): Promise<'mounted' | UploadSession | undefined> {
  const { facts } = target.host;
  if (from === undefined ? facts.anonymousMounts === 'refused' : !facts.mounts) return undefined;
  const call = { ...target, operation: `mount blob ${digest}${from === undefined ? '' : ` from ${from}`}` };
  try {
    const answer = await exchange({
      ...call,
      method: 'POST',
      target: `blobs/uploads/?mount=${digest}${from === undefined ? '' : `&from=${encodeURIComponent(from)}`}`,
      push: true,
      from,
      expect: [201, 202],
      opens: true,
      signal,
    });
    await discard(answer);
    if (answer.status !== 201) return await openedSession(call, answer, signal);
    if (from === undefined) facts.anonymousMounts = 'honoured';
    return 'mounted';
  } catch (error) {
    if (signal.aborted || !(error instanceof RegistryError)) throw error;
    if (from === undefined) facts.anonymousMounts = 'refused';
    else if ([400, 405, 501].includes(error.status ?? 0)) facts.mounts = false;
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
    readonly session?: UploadSession | undefined;
    readonly onBytes: (bytes: number) => void;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { signal, onBytes } = options;
  let next = options.session;
  let open: UploadSession | undefined;
  let chunked = false;
  let renewed = false;
  const attempt = async (): Promise<Outcome<void>> => {
    const session = next ?? (await startUpload(target, blob, signal));
    next = undefined;
    open = session;
    let sent = 0;
    const count = (bytes: number): void => {
      sent += bytes;
      onBytes(bytes);
    };
    try {
      const upload = chunked ? uploadChunked : uploadWhole;
      await upload(target, blob, session, content, { onBytes: count, signal });
      return { kind: 'done', value: undefined };
    } catch (error) {
      onBytes(-sent);
      signal.throwIfAborted();
      const outcome = beginAnew(error, blob);
      if (outcome) return outcome;
      if (!chunked && isRefusalOfWhole(error)) {
        chunked = true;
        return { kind: 'amended' };
      }
      if (!renewed && error instanceof RegistryError && error.verdict === 'token') {
        renewed = true;
        return { kind: 'amended' };
      }
      throw error;
    }
  };
  try {
    await persist(attempt, { ...target.host.persistence, signal });
  } catch (error) {
    if (open) await cancelUpload(target, open);
    throw error;
  }
}

/** Pushes blobs that are held in memory and that the repository does not have. Throws `RegistryError`. */
export async function pushBlobs(
  target: Origin,
  blobs: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<void> {
  await together(blobs, signal, async (bytes, ended) => {
    const blob = { digest: digestOf(bytes), size: bytes.byteLength };
    if (await hasBlob(target, blob, ended)) return;
    await pushBlob(target, blob, bytes, { onBytes: () => undefined, signal: ended });
  });
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
  const { tag } = wanted;
  // What the name shall mean, and not only whether the content is there.
  const name = { tag, digest: tag === undefined ? manifest.digest : undefined };
  const call = {
    ...target,
    operation: tag === undefined ? `push manifest ${manifest.digest}` : `push manifest under tag "${tag}"`,
  };
  let pushed: string | undefined;
  let listed = false;
  try {
    const answer = await exchange({
      ...call,
      method: 'PUT',
      target: `manifests/${tag ?? manifest.digest}`,
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
    if (!refused || signal.aborted || tag === undefined) throw error;
    const there = await resolveAt(target, name, signal).catch(() => undefined);
    if (there?.digest !== manifest.digest) throw error;
    return listed;
  }
  pushed ??= (await resolveAt(target, name, signal))?.digest;
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

/** What a broken upload comes to that may succeed in a new session; undefined for one that is final, or the source's failure. */
function beginAnew(error: unknown, blob: BlobDescriptor): Outcome<never> | undefined {
  if (!(error instanceof RegistryError) || error.operation !== uploadOf(blob)) return undefined;
  if (error.verdict === 'pause') return { kind: 'pause', retryAfter: error.retryAfter, error: () => error };
  const lost =
    LOST_SESSION.has(error.status ?? 0) || error.codes.some((code) => LOST_SESSION_CODES.has(code));
  return lost || error.verdict === 'again' ? { kind: 'again', error } : undefined;
}
