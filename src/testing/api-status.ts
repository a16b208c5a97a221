import { type ApiResource, qualifiedName } from './api-resources.ts';

/** One of the reasons in the details of a Status. */
export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

/** The object by which an API server says that something failed (or was done). */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: { readonly continue?: string };
  readonly status: 'Failure' | 'Success';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

interface FailureParts {
  readonly code: number;
  readonly reason?: string;
  readonly message: string;
  readonly details?: StatusDetails;
  /** A token that goes on with a list that has changed meanwhile. */
  readonly continue?: string;
}

/** What an API server does not do: thrown by handlers, sent as a Status. */
export class ApiRefusal extends Error {
  override name = 'ApiRefusal';
  readonly status: Status;

  constructor({ code, reason, message, details, ...metadata }: FailureParts) {
    super(message);
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata,
      status: 'Failure',
      message,
      ...(reason === undefined ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

/** The reasons that statuses go with. */
const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** A failure of any status, its reason the usual one. */
export function failure(code: number, message: string, retryAfterSeconds?: number): ApiRefusal {
  const reason = REASONS[code];
  return new ApiRefusal({
    code,
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } }),
  });
}

export function badRequest(message: string): ApiRefusal {
  return failure(400, message);
}

/** What details say of an object. */
export function detailsOf(
  { group, name: kind }: Pick<ApiResource, 'group' | 'name'>,
  name = '',
): StatusDetails {
  return { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind };
}

export function notFound(resource: ApiResource, name: string): ApiRefusal {
  const message = `${qualifiedName(resource)} "${name}" not found`;
  return new ApiRefusal({ code: 404, reason: 'NotFound', message, details: detailsOf(resource, name) });
}

export function noSuchResource(): ApiRefusal {
  const message = 'the server could not find the requested resource';
  return new ApiRefusal({ code: 404, reason: 'NotFound', message, details: {} });
}

export function methodNotAllowed(): ApiRefusal {
  const message = 'the server does not allow this method on the requested resource';
  return new ApiRefusal({ code: 405, reason: 'MethodNotAllowed', message, details: {} });
}

export function alreadyExists(resource: ApiResource, name: string): ApiRefusal {
  const message = `${qualifiedName(resource)} "${name}" already exists`;
  return new ApiRefusal({ code: 409, reason: 'AlreadyExists', message, details: detailsOf(resource, name) });
}

export function conflict(resource: ApiResource, name: string): ApiRefusal {
  const message = `Operation cannot be fulfilled on ${qualifiedName(resource)} "${name}": the object has been modified; please apply your changes to the latest version and try again`;
  return new ApiRefusal({ code: 409, reason: 'Conflict', message, details: detailsOf(resource, name) });
}

export function tooLarge(wanted: number, current: number): ApiRefusal {
  return new ApiRefusal({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${wanted}, current: ${current}`,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  });
}

/** What is wrong with one field of an object or of the options of a request. */
export interface FieldFault {
  readonly kind: 'Required' | 'Invalid' | 'Forbidden' | 'NotSupported';
  readonly field: string;
  /** As messages have it, its beginning (`Forbidden: `) included. */
  readonly message: string;
}

export function invalid(
  subject: { readonly group: string; readonly kind: string; readonly name: string },
  faults: readonly FieldFault[],
): ApiRefusal {
  const { group, kind, name } = subject;
  const lines = faults.map(({ field, message }) => `${field}: ${message}`);
  const all = lines.length === 1 ? lines.join('') : `[${lines.join(', ')}]`;
  return new ApiRefusal({
    code: 422,
    reason: 'Invalid',
    message: `${group === '' ? kind : `${kind}.${group}`} "${name}" is invalid: ${all}`,
    details: {
      ...(name === '' ? {} : { name }),
      ...(group === '' ? {} : { group }),
      kind,
      causes: faults.map((fault) => ({
        reason: `FieldValue${fault.kind}`,
        message: fault.message,
        field: fault.field,
      })),
    },
  });
}
