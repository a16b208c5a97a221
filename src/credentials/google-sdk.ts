import { GoogleAuth } from 'google-auth-library';
import { type CloudTransport, TOKEN_TIMEOUT } from './cloud-http.ts';
import { GOOGLE_SCOPE, type GoogleToken } from './google-metadata.ts';

/**
 * An access token for a key file: `service_account`, `authorized_user`, `external_account`,
 * `impersonated_service_account`. What an external account points at, files and the addresses of other clouds, the
 * library reads by itself; so are the keys of AWS, which it takes from the environment of the process.
 */
export async function keyFileToken(key: object, transport: CloudTransport): Promise<GoogleToken> {
  const fetchImplementation: typeof fetch = async (input, init) => {
    const headers = Object.fromEntries(new Headers(init?.headers ?? {}));
    const answer = await transport({
      method: init?.method ?? 'GET',
      url: new URL(input instanceof Request ? input.url : input),
      headers,
      body: init?.body === undefined || init.body === null ? undefined : await bodyOf(init.body),
      timeout: TOKEN_TIMEOUT,
    });
    return new Response(answer.status === 204 ? null : new Uint8Array(answer.body), {
      status: answer.status,
      headers: answer.headers,
    });
  };
  const auth = new GoogleAuth({
    credentials: key,
    scopes: GOOGLE_SCOPE,
    clientOptions: {
      transporterOptions: { fetchImplementation, retryConfig: { retry: 0, noResponseRetries: 0 } },
    },
  });
  const client = await auth.getClient();
  const { token } = await client.getAccessToken();
  return { token: token ?? '', expires: client.credentials.expiry_date ?? undefined };
}

async function bodyOf(body: NonNullable<RequestInit['body']>): Promise<string> {
  return typeof body === 'string' ? body : await new Response(body).text();
}
