import { formatRepository, type Repository } from '../oci/index.ts';
import { type FailureKind, kindOf } from './failure-kind.ts';
import type { Verdict } from './retry.ts';
import { http } from '../http/index.ts';
import { printable } from './words.ts';

/** One entry of a registry's error answer, as in the OCI distribution specification ("Error Codes"). */
export interface RegistryFault {
  readonly code: string;
  readonly message: string;
}

export interface RegistryErrorParts {
  readonly repository: Repository;
  /** What was being done, as an infinitive: `look up tag "1.25"`. */
  readonly operation: string;
  readonly status?: number;
  readonly faults?: readonly RegistryFault[];
  /** What went wrong where no status says it. */
  readonly reason?: string;
  /** What the user can do about it. */
  readonly hint?: string;
  /** What the same request may come to if it is made again; `final` when not given. */
  readonly verdict?: Verdict;
  /** Milliseconds that the registry asked us to wait. */
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
  /** What it comes down to, where neither status nor cause tells. */
  readonly kind?: FailureKind;
}

/** A registry that could not do what it was asked; names registry, repository, operation, status and its own words. */
export class RegistryError extends Error {
  override name = 'RegistryError';
  readonly repository: Repository;
  readonly operation: string;
  readonly status: number | undefined;
  readonly codes: readonly string[];
  readonly kind: FailureKind;
  readonly verdict: Verdict;
  readonly retryAfter: number | undefined;

  constructor(parts: RegistryErrorParts) {
    super(compose(parts), parts.cause === undefined ? {} : { cause: parts.cause });
    this.repository = parts.repository;
    this.operation = parts.operation;
    this.status = parts.status;
    this.codes = (parts.faults ?? []).map((fault) => fault.code);
    this.verdict = parts.verdict ?? 'final';
    const { status, cause } = parts;
    this.kind = parts.kind ?? kindOf({ status, cause, codes: this.codes, pause: this.verdict === 'pause' });
    this.retryAfter = parts.retryAfter;
  }
}

/** A destination that credentials or requests must not follow: another scheme, a private address, too many hops. */
export class DestinationError extends Error {
  override name = 'DestinationError';
  /** `blocked` for an address that is out of bounds, the other for one that makes no sense. */
  readonly kind: 'blocked' | 'invalid_response';

  constructor(message: string, { blocked = false, ...options }: ErrorOptions & { blocked?: boolean } = {}) {
    super(message, options);
    this.kind = blocked ? 'blocked' : 'invalid_response';
  }
}

/** A host that asks for a longer pause than a run can wait. */
export class PausedError extends Error {
  override name = 'PausedError';
  readonly status = 429;
  readonly kind = 'rate_limited';
  /** Milliseconds until the host may be asked again. */
  readonly retryAfter: number;

  constructor(milliseconds: number) {
    super(`the registry asks everybody to wait ${Math.ceil(milliseconds / 1000)} s`);
    this.retryAfter = milliseconds;
  }
}

/** All credentials that could be had were refused, and there may be others: it says nothing of the registry. */
export class WithheldError extends Error {
  override name = 'WithheldError';
  readonly kind = 'unavailable';

  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

/** Content whose digest or length is not what was asked for. */
export class ContentError extends Error {
  override name = 'ContentError';
  readonly kind = 'invalid_response';
}

/** Reads `{"errors":[{code,message}]}` and what registries send instead of it; at most three faults, shortened. */
export function parseFaults(body: string): readonly RegistryFault[] {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    const words = body.trim();
    return words === '' || words.startsWith('<') ? [] : [{ code: '', message: printable(words) }];
  }
  const errors = field(value, 'errors');
  if (Array.isArray(errors)) {
    return errors.slice(0, 3).map((item: unknown) => ({
      code: printable(text(field(item, 'code'))),
      message: printable(describe(item)),
    }));
  }
  const message =
    field(value, 'details') ??
    field(value, 'error_description') ??
    field(value, 'message') ??
    field(value, 'error');
  return typeof message === 'string' ? [{ code: '', message: printable(message) }] : [];
}

function describe(item: unknown): string {
  const message = text(field(item, 'message'));
  const detail = text(field(item, 'detail'));
  return detail === '' || detail === message ? message : `${message}: ${detail}`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** A fault in one line: its code, and what is said of it. */
export function formatFault({ code, message }: RegistryFault): string {
  return [code, message].filter(Boolean).join(': ');
}

/** Of a token service's error, which may name three faults. */
const LONGEST_REASON = 2000;

function compose({ repository, operation, status, faults = [], reason, hint }: RegistryErrorParts): string {
  const parts = [`${formatRepository(repository)}: cannot ${operation}`];
  if (status !== undefined) parts.push(`${status} ${http.STATUS_CODES[status] ?? 'status'}`);
  parts.push(...faults.map(formatFault));
  // Names in certificates, types of content and addresses are also words of the registry.
  if (reason !== undefined) parts.push(printable(reason, LONGEST_REASON));
  return parts.join(': ') + (hint === undefined ? '' : ` (${hint})`);
}
