import type { ErrorCode } from './refusal.ts';

/** What to do to a request or its answer. */
export type FaultAction =
  | { readonly kind: 'delay'; readonly ms: number }
  /** Answers at once, with an error body when there is a code. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly code?: ErrorCode;
      readonly message?: string;
    }
  | { readonly kind: 'redirect'; readonly to: string; readonly status?: 301 | 302 | 303 | 307 | 308 }
  /** Never answers; ends when the client gives up. */
  | { readonly kind: 'hang' }
  /** Cuts the connection when so many bytes of the request's body were read; with 0, before anything is done. */
  | { readonly kind: 'cut-request'; readonly afterBytes: number }
  /** Does the work, then cuts the connection after so many bytes of the answer's body; without a number, before the status line. */
  | { readonly kind: 'cut-response'; readonly afterBytes?: number }
  /** Sets headers of the answer; `undefined` takes one away. */
  | { readonly kind: 'headers'; readonly set: Readonly<Record<string, string | undefined>> }
  /** Flips a bit of the answer's byte at this offset. */
  | { readonly kind: 'corrupt'; readonly at: number }
  /** Sends the answer without saying how long it is. */
  | { readonly kind: 'no-length' };

/** Which requests a rule is for; what is not given matches all. */
export interface FaultMatch {
  readonly method?: string;
  /** As in `requestKind`: `HEAD manifest`, `GET blob`, `token`. */
  readonly kind?: string;
  /** Tested against the path with its query. */
  readonly path?: RegExp;
}

/** A scripted fault; it counts only requests that were let in. */
export interface FaultRule<Action = FaultAction> {
  readonly match: FaultMatch;
  /** Lets so many matching requests pass first. */
  readonly after?: number;
  /** Acts so many times; always, when not given. */
  readonly times?: number;
  readonly action: Action;
}

interface ActiveRule<Action> {
  readonly rule: FaultRule<Action>;
  seen: number;
}

/** Actions that leave room for others; the rest decide the end of a request. */
const COMBINED: ReadonlySet<string> = new Set(['delay', 'headers', 'corrupt', 'no-length']);

/** The rules of a server, in order; each counts on its own, so that the same requests meet the same faults. */
export class Faults<Action extends { readonly kind: string } = FaultAction> {
  #rules: ActiveRule<Action>[] = [];

  add(...rules: readonly FaultRule<Action>[]): void {
    for (const rule of rules) this.#rules.push({ rule, seen: 0 });
  }

  clear(): void {
    this.#rules = [];
  }

  /** The actions for a request, each rule's count moved on; none counts after one that answers by itself or cuts. */
  take(request: { readonly method: string; readonly kind: string; readonly path: string }): Action[] {
    const actions: Action[] = [];
    for (const active of this.#rules) {
      const { match, after = 0, times = Number.POSITIVE_INFINITY, action } = active.rule;
      if (!matches(match, request)) continue;
      const index = active.seen++ - after;
      if (index < 0 || index >= times) continue;
      actions.push(action);
      if (!COMBINED.has(action.kind)) break;
    }
    return actions;
  }
}

function matches(
  { method, kind, path }: FaultMatch,
  request: { readonly method: string; readonly kind: string; readonly path: string },
): boolean {
  return (
    (method === undefined || method === request.method) &&
    (kind === undefined || kind === request.kind) &&
    (path === undefined || path.test(request.path))
  );
}
