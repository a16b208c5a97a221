import { createPublicKey, verify } from 'node:crypto';
import {
  type CloudCall,
  type CloudDouble,
  type CloudReply,
  jsonReply,
  startCloudDouble,
} from './cloud-listener.ts';

export interface GoogleCloudOptions {
  /** Whose assertions are taken: PEM of the public key. */
  readonly serviceAccount?: { readonly email: string; readonly publicKey: string };
  /** Whose refresh token is taken. */
  readonly user?: { readonly clientId: string; readonly clientSecret: string; readonly refreshToken: string };
  /** Which subject token the token exchange takes, for which audience. */
  readonly external?: { readonly audience: string; readonly subjectToken: string };
  /** False where the metadata server has no service account. */
  readonly machine?: boolean;
  /** In milliseconds since the epoch. */
  readonly now?: () => number;
}

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const TOKEN_URL = 'https://oauth2.googleapis.com/token';

/** Google's token endpoint, its token exchange and the metadata server; each token has a number. */
export async function startGoogleCloud(options: GoogleCloudOptions): Promise<CloudDouble> {
  let issued = 0;
  const token = (): object => ({
    access_token: `ya29.${(issued += 1)}`,
    expires_in: 3600,
    token_type: 'Bearer',
  });
  return await startCloudDouble((call) => {
    if (call.host === 'oauth2.googleapis.com') return tokenEndpoint(call, options, token);
    if (call.host === 'sts.googleapis.com') return exchange(call, options, token);
    return metadata(call, options, token);
  });
}

function metadata(
  { method, url, headers }: CloudCall,
  { machine = false }: GoogleCloudOptions,
  token: () => object,
): CloudReply {
  const flavor = { 'Metadata-Flavor': 'Google' };
  if (headers.get('metadata-flavor') !== 'Google') {
    return { status: 403, headers: flavor, body: 'Missing Metadata-Flavor:Google header.' };
  }
  const path = '/computeMetadata/v1/instance/service-accounts/default/token';
  if (method !== 'GET' || url.pathname !== path || !machine)
    return { status: 404, headers: flavor, body: '' };
  return jsonReply(200, token(), flavor);
}

/** Google's token endpoint: assertions of a service account, refresh tokens of a user. */
export function tokenEndpoint(call: CloudCall, options: GoogleCloudOptions, token: () => object): CloudReply {
  const form = formOf(call, '/token');
  if (form === undefined) return oauthError('invalid_request', 'Bad Request');
  if (form['grant_type'] === 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
    const { assertion = '', ...rest } = form;
    const fault = assertionFault(assertion, options);
    if (fault !== undefined || Object.keys(rest).length !== 1) {
      return oauthError('invalid_grant', fault ?? 'unknown parameter');
    }
    return jsonReply(200, token());
  }
  const { user } = options;
  const isUser =
    user !== undefined &&
    form['grant_type'] === 'refresh_token' &&
    form['client_id'] === user.clientId &&
    form['client_secret'] === user.clientSecret &&
    form['refresh_token'] === user.refreshToken;
  return isUser ? jsonReply(200, token()) : oauthError('invalid_grant', `Bad token ${form['refresh_token']}`);
}

function exchange(call: CloudCall, { external }: GoogleCloudOptions, token: () => object): CloudReply {
  const form = formOf(call, '/v1/token');
  const isRight =
    form !== undefined &&
    external !== undefined &&
    form['grant_type'] === 'urn:ietf:params:oauth:grant-type:token-exchange' &&
    form['requested_token_type'] === 'urn:ietf:params:oauth:token-type:access_token' &&
    form['subject_token_type'] === 'urn:ietf:params:oauth:token-type:jwt' &&
    form['scope'] === SCOPE &&
    form['audience'] === external.audience &&
    form['subject_token'] === external.subjectToken;
  if (!isRight) return oauthError('invalid_grant', 'The subject token is not valid');
  const issued_token_type = 'urn:ietf:params:oauth:token-type:access_token';
  return jsonReply(200, { ...token(), issued_token_type });
}

/** What is wrong with a signed assertion (RFC 7523); undefined when all is right. */
function assertionFault(
  assertion: string,
  { serviceAccount, now = Date.now }: GoogleCloudOptions,
): string | undefined {
  const [head = '', claims = '', signature = ''] = assertion.split('.');
  if (serviceAccount === undefined) return 'Invalid grant: account not found';
  const key = createPublicKey(serviceAccount.publicKey);
  const signed = Buffer.from(`${head}.${claims}`);
  if (!verify('RSA-SHA256', signed, key, Buffer.from(signature, 'base64url'))) {
    return `Invalid JWT Signature: ${assertion}`;
  }
  if (decode(head)['alg'] !== 'RS256') return 'Invalid JWT: unknown algorithm';
  const { iss, aud, scope, iat, exp } = decode(claims);
  if (iss !== serviceAccount.email) return 'Invalid grant: account not found';
  if (aud !== TOKEN_URL) return 'Invalid JWT: Failed audience check';
  if (scope !== SCOPE) return 'Invalid OAuth scope or ID token audience provided.';
  const seconds = now() / 1000;
  const isTimely = Number(iat) <= seconds + 60 && Number(exp) > seconds && Number(exp) - Number(iat) <= 3600;
  return isTimely ? undefined : 'Invalid JWT: Token must be a short-lived token';
}

function decode(part: string): Record<string, unknown> {
  const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function formOf({ method, url, headers, body }: CloudCall, path: string): Record<string, string> | undefined {
  const isForm = headers.get('content-type')?.startsWith('application/x-www-form-urlencoded') === true;
  if (method !== 'POST' || url.pathname !== path || !isForm) return undefined;
  return Object.fromEntries(new URLSearchParams(body));
}

function oauthError(error: string, error_description: string): CloudReply {
  return jsonReply(400, { error, error_description });
}
