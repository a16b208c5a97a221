import type { Puller } from '../kubernetes/index.ts';
import { formatReference, type Reference, referenceTo } from '../oci/index.ts';
import type { Scheduled } from './due-queue.ts';
import type { FailureReason, LookupStatus } from './lookup-status.ts';
import type { Waiting } from './lookup-queue.ts';
import { Tally } from './tally.ts';

/** Of an image that was not tried yet. */
const PENDING: LookupStatus = status('pending');
/** Of a text that is no image reference. */
export const INVALID: LookupStatus = status('invalid_reference');

/** The one name of an image that is written in several ways; of tag and digest, the digest decides. */
export function normalName({ repository, tag, digest }: Reference): string {
  return formatReference({ repository, digest, tag: digest === undefined ? tag : undefined });
}

/** One image to be looked up: all that is known of it as a reference. */
export class ImageEntry implements Scheduled, Waiting {
  readonly name: string;
  readonly reference: Reference;
  /** As workloads write it. */
  readonly texts = new Tally<string>();
  readonly pullers = new Tally<Puller>();
  due = 0;
  place = -1;
  status: LookupStatus = PENDING;
  /** Failures in a row that time may mend. */
  failures = 0;
  /** True while its failure is only that of its host: it need not wait once the host is up. */
  shared = false;
  /** When its content may be pulled, where the host's quota holds it back. */
  turn: number | undefined;
  /** True when somebody joined since the last look-up began. */
  pullersChanged = false;
  /** The failure that people were told of last; undefined since it recovered. */
  reported: FailureReason | undefined;
  /** Ends the look-up that is at work. */
  flight: AbortController | undefined;

  constructor(reference: Reference) {
    const { repository, tag, digest } = reference;
    this.name = normalName(reference);
    this.reference = referenceTo(repository, { digest, tag: digest === undefined ? tag : undefined });
  }

  get host(): string {
    return this.reference.repository.registry;
  }

  get used(): boolean {
    return this.texts.size > 0;
  }

  get fresh(): boolean {
    return this.status.lastLookup === undefined;
  }

  get pinned(): boolean {
    return this.reference.digest !== undefined;
  }
}

function status(reason: LookupStatus['reason']): LookupStatus {
  return { reason, digest: undefined, lastLookup: undefined, lastSuccess: undefined, changes: 0 };
}
