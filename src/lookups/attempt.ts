import { type Clock, within } from '../http/index.ts';
import type { Digest, Platform } from '../oci/index.ts';
import { classify, type Failure, LookupError } from './failure.ts';
import type { Content, FactStore } from './fact-store.ts';
import type { ImageEntry } from './image-entry.ts';
import { lookUp } from './look-up.ts';
import type { PullAccess } from './pull-access.ts';
import { type PullQuota, PutOffError } from './pull-quota.ts';
import type { Registry } from './registry-reader.ts';

/** What one look-up came to; it may have found the digest and still have failed. */
export interface LookupResult {
  readonly digest: Digest | undefined;
  readonly content: Content | undefined;
  readonly failure: Failure | undefined;
}

export interface AttemptOptions {
  readonly registry: Registry;
  readonly access: PullAccess;
  readonly store: FactStore;
  /** Of the image's host. */
  readonly quota: PullQuota;
  /** Whose facts are read of an index; undefined for the first. */
  readonly platform: Platform | undefined;
  readonly clock: Clock;
  /** Milliseconds for all requests of one look-up; 30 s when not given. */
  readonly lookupTimeout?: number;
}

const LOOKUP_TIMEOUT = 30_000;
const HUB = 'docker.io';

/** Looks an image up once, in its time, until it is given up through `entry.flight`. Never throws. */
export async function attempt(entry: ImageEntry, options: AttemptOptions): Promise<LookupResult> {
  const flight = new AbortController();
  entry.flight = flight;
  limitTime(flight, options);
  let digest: Digest | undefined;
  try {
    const looking = find(entry, options, flight.signal, (found) => {
      digest = found;
    });
    const content = await within(looking, flight.signal);
    return { digest, content, failure: content instanceof LookupError ? classify(content) : undefined };
  } catch (error) {
    // What an end from outside looks like from within does not matter.
    const failure = classify(flight.signal.aborted ? flight.signal.reason : error);
    return { digest, content: undefined, failure };
  } finally {
    entry.flight = undefined;
    // Ends the wait for the time limit too.
    flight.abort();
  }
}

async function find(
  entry: ImageEntry,
  { registry, access, platform, clock, store, quota }: AttemptOptions,
  signal: AbortSignal,
  onDigest: (digest: Digest) => void,
): Promise<Content> {
  const keychain = access.keychain([...entry.pullers]);
  return await lookUp(entry.reference, registry.reader(entry.reference, { keychain }), {
    store,
    platform,
    headFirst: entry.status.digest !== undefined || entry.host === HUB || quota.known,
    takePull: () => {
      const turn = quota.take(clock.now(), entry.turn);
      if (turn === undefined) return () => quota.done();
      throw new PutOffError(turn);
    },
    onDigest,
    signal,
  });
}

function limitTime(flight: AbortController, options: AttemptOptions): void {
  const { clock, lookupTimeout = LOOKUP_TIMEOUT } = options;
  clock.sleep(lookupTimeout, flight.signal).then(
    () => flight.abort(new LookupError('timeout', `the registry took more than ${lookupTimeout / 1000} s`)),
    () => undefined,
  );
}
