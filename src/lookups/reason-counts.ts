import type { LookupReason } from './lookup-status.ts';

/** How many images are in each state. */
export class ReasonCounts {
  readonly #counts: Record<LookupReason, number> = {
    ok: 0,
    pending: 0,
    invalid_reference: 0,
    not_found: 0,
    unauthorized: 0,
    forbidden: 0,
    rate_limited: 0,
    timeout: 0,
    unavailable: 0,
    unsupported: 0,
    blocked: 0,
    invalid_response: 0,
  };

  /** One image leaves a state, or enters one. */
  move(from: LookupReason | undefined, to: LookupReason | undefined): void {
    if (from !== undefined) this.#counts[from]--;
    if (to !== undefined) this.#counts[to]++;
  }

  get all(): Readonly<Record<LookupReason, number>> {
    return { ...this.#counts };
  }
}
