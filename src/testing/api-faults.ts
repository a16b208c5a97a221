import type { WatchTrouble } from './api-watch-stream.ts';
import type { FaultAction, FaultRule } from './faults.ts';

/** What to do to a request to the API server or to its answer. */
export type ApiFaultAction =
  | Extract<FaultAction, { kind: 'delay' | 'hang' | 'cut-request' | 'cut-response' }>
  /** Answers at once, with a Status. */
  | {
      readonly kind: 'refuse';
      readonly status: number;
      /** Sent as `Retry-After` and in the Status. */
      readonly retryAfterSeconds?: number;
      readonly message?: string;
    }
  /** Lets a watch begin and go wrong. */
  | ({ readonly kind: 'watch' } & WatchTrouble);

/** A scripted fault; its `match.kind` is as in `apiRequestKind`: `list pods`, `watch cronjobs`. */
export type ApiFaultRule = FaultRule<ApiFaultAction>;
