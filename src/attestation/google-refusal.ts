import { GoogleError } from '../google/index.ts';
import { AttestationError } from './attester.ts';

/** What helps against a refusal, by its code of google.rpc.Code. */
export type Remedies = Readonly<Partial<Record<'PERMISSION_DENIED' | 'FAILED_PRECONDITION', string>>>;

/** An `AttestationError` that says which step Google refused, and what helps; all that is no refusal stays as it is. */
export function refusalOf(step: string, remedies: Remedies, cause: unknown): unknown {
  if (!(cause instanceof GoogleError)) return cause;
  const { PERMISSION_DENIED, FAILED_PRECONDITION } = remedies;
  const remedy =
    cause.httpStatus === 403
      ? PERMISSION_DENIED
      : cause.status === 'FAILED_PRECONDITION'
        ? FAILED_PRECONDITION
        : undefined;
  return new AttestationError(remedy === undefined ? step : `${step} (${remedy})`, { cause });
}
