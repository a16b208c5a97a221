import { type CloudTransport, TOKEN_TIMEOUT } from './cloud-http.ts';
import { GOOGLE_SCOPE, type GoogleToken } from './google-metadata.ts';

/** The type of a key that is another's, used to become a service account. */
export const IMPERSONATED = 'impersonated_service_account';

export interface ImpersonationOptions {
  readonly transport: CloudTransport;
  /** Buys the token of the key that is within. */
  readonly sourceToken: (key: object) => Promise<GoogleToken>;
}

const LIFETIME_SECONDS = 3600;
const PATH = /^\/v1\/projects\/-\/serviceAccounts\/[^/]+:generateAccessToken$/;

/**
 * A token of the service account that a key of type `impersonated_service_account` may act as
 * (https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken).
 * Asked here and not by the library, whose client for it writes a warning to the console.
 */
export async function impersonatedToken(
  key: object,
  { transport, sourceToken }: ImpersonationOptions,
): Promise<GoogleToken> {
  const address: unknown = Reflect.get(key, 'service_account_impersonation_url');
  const url = typeof address === 'string' ? URL.parse(address) : null;
  // The source's token goes there, so that it must be Google's.
  const isGoogle = url?.protocol === 'https:' && url.host.endsWith('.googleapis.com');
  if (url === null || !isGoogle || !PATH.test(url.pathname))
    throw new Error('its service_account_impersonation_url is none of Google');
  const source: unknown = Reflect.get(key, 'source_credentials');
  if (typeof source !== 'object' || source === null) throw new Error('it has no source_credentials');
  const { token } = await sourceToken(source);
  const { status, body } = await transport({
    method: 'POST',
    url,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      delegates: delegatesOf(key),
      scope: [GOOGLE_SCOPE],
      lifetime: `${LIFETIME_SECONDS}s`,
    }),
    timeout: TOKEN_TIMEOUT,
  });
  const answer = parse(body.toString('utf8'));
  if (status !== 200) {
    const words = member(member(answer, 'error'), 'message');
    throw new Error(`${url.host}: ${status}${typeof words === 'string' ? ` ${words}` : ''}`);
  }
  const [bought, ends] = [member(answer, 'accessToken'), member(answer, 'expireTime')];
  const expires = typeof ends === 'string' ? Date.parse(ends) : Number.NaN;
  return {
    token: typeof bought === 'string' ? bought : '',
    expires: Number.isNaN(expires) ? undefined : expires,
  };
}

function delegatesOf(key: object): string[] {
  const delegates: unknown = Reflect.get(key, 'delegates');
  return Array.isArray(delegates) ? delegates.filter((name): name is string => typeof name === 'string') : [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
