import { ApiRefusal, badRequest, type FieldFault, invalid } from './api-status.ts';
import { isTrue } from './api-path.ts';

/** Where a page begins: after this key, in the objects as they were at this version; -1 for those of now. */
export interface ContinueToken {
  readonly resourceVersion: number;
  readonly after: string;
}

/** Which state a list shows. */
export type ListState =
  | { readonly kind: 'newest' }
  /** Any state not older; 0 is any at all. */
  | { readonly kind: 'not-older'; readonly resourceVersion: number }
  | { readonly kind: 'exact'; readonly resourceVersion: number }
  | { readonly kind: 'continue'; readonly token: ContinueToken };

/** How a list is wanted. */
export interface ListOptions {
  readonly state: ListState;
  /** Most items of a page; undefined for all. */
  readonly limit: number | undefined;
}

/** How a watch is wanted. */
export interface WatchOptions {
  /** Undefined when the newest state is wanted; 0 for any. */
  readonly resourceVersion: number | undefined;
  /** Undefined when the client did not say. */
  readonly sendInitialEvents: boolean | undefined;
  readonly bookmarks: boolean;
  readonly timeoutSeconds: number | undefined;
}

const MATCH = 'resourceVersionMatch';
const FORBIDDEN = {
  withoutVersion: 'resourceVersionMatch is forbidden unless resourceVersion is provided',
  withContinue: 'resourceVersionMatch is forbidden when continue is provided',
  zero: 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
  onWatch: 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
  notOlderOnly: 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
};

/** Reads the options of a list by the rules of the Kubernetes API; throws `ApiRefusal`. */
export function listOptions(query: URLSearchParams): ListOptions {
  const [version, match, token] = ['resourceVersion', MATCH, 'continue'].map((name) => query.get(name) ?? '');
  const faults: FieldFault[] = [];
  if (match) {
    if (!version) faults.push(forbidden(MATCH, FORBIDDEN.withoutVersion));
    if (token) faults.push(forbidden(MATCH, FORBIDDEN.withContinue));
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      faults.push(unsupported(match, ['Exact', 'NotOlderThan', '']));
    }
    if (match === 'Exact' && version === '0') faults.push(forbidden(MATCH, FORBIDDEN.zero));
  }
  if (query.has('sendInitialEvents')) {
    faults.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  if (faults.length > 0) throw refused(faults);
  const limit = positive(query.get('limit'));
  if (token) {
    if (version && version !== '0') {
      throw badRequest('specifying resource version is not allowed when using continue');
    }
    return { state: { kind: 'continue', token: decodeToken(token) }, limit };
  }
  if (!version) return { state: { kind: 'newest' }, limit };
  const resourceVersion = parsedVersion(version, (fault) => badRequest(`invalid resource version: ${fault}`));
  // The cache of the API server, which answers for any state, knows no pages.
  if (resourceVersion === 0) return { state: { kind: 'not-older', resourceVersion }, limit: undefined };
  const exact = match === 'Exact' || (match === '' && limit !== undefined);
  return { state: { kind: exact ? 'exact' : 'not-older', resourceVersion }, limit };
}

/** Reads the options of a watch; `watchList` tells whether initial events are served. Throws `ApiRefusal`. */
export function watchOptions(query: URLSearchParams, watchList: boolean): WatchOptions {
  const match = query.get(MATCH) ?? '';
  const initial = query.get('sendInitialEvents');
  const faults: FieldFault[] = [];
  if (initial === null) {
    if (match) faults.push(forbidden(MATCH, FORBIDDEN.onWatch));
    if (query.get('continue')) faults.push(forbidden(MATCH, FORBIDDEN.withContinue));
  } else {
    if (match !== 'NotOlderThan') faults.push(forbidden(MATCH, FORBIDDEN.notOlderOnly));
    if (match !== 'NotOlderThan' && match !== '') faults.push(unsupported(match, ['NotOlderThan']));
    if (!watchList) {
      const off = 'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled';
      faults.push(forbidden('sendInitialEvents', off));
    }
  }
  if (faults.length > 0) throw refused(faults);
  const version = query.get('resourceVersion') ?? '';
  return {
    resourceVersion: version === '' ? undefined : parsedVersion(version, unreadable),
    sendInitialEvents: initial === null ? undefined : isTrue(initial),
    bookmarks: isTrue(query.get('allowWatchBookmarks')),
    timeoutSeconds: positive(query.get('timeoutSeconds')),
  };
}

/** A token that clients can only hand back. */
export function encodeToken(token: ContinueToken): string {
  return Buffer.from(JSON.stringify([token.resourceVersion, token.after])).toString('base64url');
}

function decodeToken(text: string): ContinueToken {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    const [resourceVersion, after]: unknown[] = Array.isArray(parts) ? parts : [];
    if (typeof resourceVersion === 'number' && typeof after === 'string') return { resourceVersion, after };
  } catch {
    // Refused below, as every other text that is no token.
  }
  throw badRequest('invalid continue token: continue key is not valid');
}

function refused(faults: readonly FieldFault[]): ApiRefusal {
  return invalid({ group: 'meta.k8s.io', kind: 'ListOptions', name: '' }, faults);
}

function forbidden(field: string, message: string): FieldFault {
  return { kind: 'Forbidden', field, message: `Forbidden: ${message}` };
}

function unsupported(match: string, supported: readonly string[]): FieldFault {
  const values = supported.map((value) => `"${value}"`).join(', ');
  return {
    kind: 'NotSupported',
    field: MATCH,
    message: `Unsupported value: "${match}": supported values: ${values}`,
  };
}

function parsedVersion(text: string, refusal: (fault: string) => ApiRefusal): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw refusal(
    `resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`,
  );
}

/** A count of a query; zero and below count as none. */
function positive(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  if (!/^[-+]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax`);
  return Number(text) > 0 ? Number(text) : undefined;
}

/** The same fault in a watch has another status, and no reason. */
function unreadable(message: string): ApiRefusal {
  return new ApiRefusal({ code: 500, message });
}
