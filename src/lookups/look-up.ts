import { toError } from '../http/index.ts';
import { type Digest, ManifestError, type Platform, type Reference } from '../oci/index.ts';
import { failureKind } from '../registry/index.ts';
import { LookupError } from './failure.ts';
import type { Content, FactStore } from './fact-store.ts';
import { readFacts } from './read-facts.ts';
import type { ImageReader, ReadManifest, Wanted } from './registry-reader.ts';

export interface LookUpOptions {
  readonly store: FactStore;
  /** Undefined for the first of an index. */
  readonly platform: Platform | undefined;
  /** True to begin with HEAD: the manifest is likely to be known, or reading it is counted. */
  readonly headFirst: boolean;
  /** Asks leave to read manifests; the function returned is called when that is over. Throws when it must wait. */
  readonly takePull: () => () => void;
  /** Told what the reference points at, before its content is read. */
  readonly onDigest: (digest: Digest) => void;
  readonly signal: AbortSignal;
}

/**
 * Finds out what a reference points at, with as few requests as can be: one where the content is known, else those
 * that read it. Throws `LookupError`, `RegistryError`, or the signal's reason.
 */
export async function lookUp(
  reference: Reference,
  reader: ImageReader,
  { store, platform, headFirst, takePull, onDigest, signal }: LookUpOptions,
): Promise<Content> {
  const known = reference.digest !== undefined && store.has(reference.digest);
  const root = headFirst || known ? 'unread' : await readRoot(reader, reference, signal);
  const found = typeof root === 'string' ? await reader.resolve(reference, signal) : root;
  if (!found) throw missing();
  const { digest } = found;
  onDigest(digest);
  return await store.obtain(digest, signal, async () => {
    const done = takePull();
    try {
      const manifest =
        typeof root === 'string' ? await reader.manifest({ tag: undefined, digest }, signal) : root;
      if (!manifest) throw missing();
      return await readFacts(reader, manifest, { platform, signal });
    } catch (error) {
      if (!isOfUnknownType(error)) throw error;
      // Content never changes: what cannot be read today need not be read again.
      return new LookupError('unsupported', toError(error).message);
    } finally {
      done();
    }
  });
}

/** A manifest that cannot be used has a digest all the same, which HEAD tells. */
async function readRoot(
  reader: ImageReader,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<ReadManifest | 'unread' | undefined> {
  try {
    return await reader.manifest(wanted, signal);
  } catch (error) {
    if (failureKind(error) === 'unsupported') return 'unread';
    throw error;
  }
}

/**
 * True for what the bytes of a digest say of themselves. Schema 1 is no such thing: its digest is not the hash of its
 * bytes, so that a registry may call anything so, also an image that others have under the same digest.
 */
function isOfUnknownType(error: unknown): boolean {
  return (
    failureKind(error) === 'unsupported' && error instanceof Error && error.cause instanceof ManifestError
  );
}

function missing(): LookupError {
  return new LookupError('not_found', 'there is no such image');
}
