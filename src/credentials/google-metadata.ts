import { CloudFault } from './cloud-fault.ts';
import { type CloudAnswer, type CloudTransport, METADATA_TIMEOUT } from './cloud-http.ts';

/** What registries of Google want a token to be good for. */
export const GOOGLE_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

export interface GoogleToken {
  readonly token: string;
  /** In milliseconds since the epoch; undefined where nothing says it. */
  readonly expires: number | undefined;
}

export interface MetadataOptions {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly transport: CloudTransport;
  readonly now: () => number;
}

/** Starts the message of a fault for the want of a metadata server. */
export const NO_IDENTITY = 'Google: there is no identity here: ';

const HOST = 'metadata.google.internal';
const PATH = '/computeMetadata/v1/instance/service-accounts/default/token';
const FLAVOR = 'metadata-flavor';

/**
 * The access token of the machine or the workload. Asked here and not by the library, which takes the address from the
 * environment of the process, and is not worth its memory where one GET does. Throws `CloudFault`.
 */
export async function metadataToken({ variables, transport, now }: MetadataOptions): Promise<GoogleToken> {
  const host = variables['GCE_METADATA_HOST'] || HOST;
  const url = URL.parse(`http://${host}${PATH}`);
  if (url === null || url.pathname !== PATH) {
    throw new CloudFault('GCE_METADATA_HOST is not a host', { reason: 'invalid_configuration' });
  }
  const answer = await ask(url, transport);
  if (answer.headers[FLAVOR] !== 'Google') throw noIdentity(`${url.host} is no metadata server of Google`);
  if (answer.status === 404) throw noIdentity(`the metadata server ${url.host} knows no service account`);
  if (answer.status !== 200) {
    const reason = answer.status === 429 ? 'throttled' : answer.status >= 500 ? 'unavailable' : 'refused';
    throw new CloudFault(`Google: the metadata server ${url.host} answered ${answer.status}`, { reason });
  }
  const [token, seconds] = readToken(answer.body.toString('utf8'));
  if (token === undefined || seconds === undefined) {
    throw new CloudFault(`Google: the metadata server ${url.host} answered without a token`, {
      reason: 'invalid_answer',
    });
  }
  return { token, expires: now() + seconds * 1000 };
}

async function ask(url: URL, transport: CloudTransport): Promise<CloudAnswer> {
  try {
    return await transport({
      method: 'GET',
      url,
      headers: { [FLAVOR]: 'Google' },
      timeout: METADATA_TIMEOUT,
    });
  } catch (error) {
    throw error instanceof CloudFault ? noIdentity(error.message) : error;
  }
}

function readToken(text: string): readonly [token?: string, seconds?: number] {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return [];
  }
  if (typeof answer !== 'object' || answer === null) return [];
  const token: unknown = Reflect.get(answer, 'access_token');
  const seconds: unknown = Reflect.get(answer, 'expires_in');
  return typeof token === 'string' && token !== '' && typeof seconds === 'number' ? [token, seconds] : [];
}

function noIdentity(why: string): CloudFault {
  return new CloudFault(`${NO_IDENTITY}${why}`, { reason: 'no_identity' });
}
