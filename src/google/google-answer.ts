import { GoogleError } from './google-api.ts';

export interface GoogleAnswer {
  readonly status: number;
  readonly text: string;
}

interface Refusal {
  readonly status: string | undefined;
  readonly message: string;
  /** `SERVICE_DISABLED` and the like, with what comes with it. */
  readonly reason: string | undefined;
  readonly metadata: ReadonlyMap<string, string>;
}

const LONGEST = 500;
/** What may stand in a command that somebody copies. */
const WORD = /^[a-z0-9][a-z0-9.:-]*$/i;
/** Of gcloud itself, which is charged where a user's credentials name no other. */
const PROJECTS_OF_GCLOUD = new Set(['764086051850', '32555940559']);

/** The JSON of an answer; throws `GoogleError` for what is no JSON, and for what is no success. */
export function readGoogleAnswer(host: string, { status: httpStatus, text }: GoogleAnswer): unknown {
  const value = parse(text);
  if (httpStatus >= 200 && httpStatus < 300) {
    if (value !== undefined) return value;
    throw new GoogleError(`${host}: the answer (${httpStatus}) is no JSON`, { httpStatus });
  }
  const refusal = readRefusal(value);
  const said = [refusal.status, refusal.message].filter(Boolean);
  const words = said.length === 0 ? '' : ` ${said.join(': ')}`;
  const hint = hintFor(refusal);
  throw new GoogleError(`${host}: ${httpStatus}${words}${hint === '' ? '' : `; ${hint}`}`, {
    httpStatus,
    status: refusal.status,
  });
}

/** What is behind `error` in the answer (https://cloud.google.com/apis/design/errors), as far as it is there. */
function readRefusal(value: unknown): Refusal {
  const error = member(value, 'error');
  const details = member(error, 'details');
  const info = Array.isArray(details)
    ? details.find(
        (detail: unknown) => textOf(detail, '@type') === 'type.googleapis.com/google.rpc.ErrorInfo',
      )
    : undefined;
  const metadata = Object.entries(member(info, 'metadata') ?? {});
  return {
    status: matching(/^[A-Z_]+$/, textOf(error, 'status')),
    message: oneLine(textOf(error, 'message') ?? ''),
    reason: textOf(info, 'reason'),
    metadata: new Map(metadata.filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
  };
}

function hintFor({ reason, metadata }: Refusal): string {
  const service = matching(WORD, metadata.get('service'));
  const project = matching(WORD, metadata.get('consumer')?.replace(/^projects\//, ''));
  if (reason === 'SERVICE_DISABLED' && service !== undefined) {
    if (project !== undefined && PROJECTS_OF_GCLOUD.has(project))
      return '"gcloud auth application-default set-quota-project PROJECT" says who is charged';
    const where = project === undefined ? '' : ` --project ${project}`;
    return `"gcloud services enable ${service}${where}" turns it on`;
  }
  return '';
}

function matching(pattern: RegExp, text: string | undefined): string | undefined {
  return text !== undefined && pattern.test(text) ? text : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function oneLine(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST)}…`;
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function textOf(value: unknown, name: string): string | undefined {
  const text = member(value, name);
  return typeof text === 'string' && text !== '' ? text : undefined;
}
