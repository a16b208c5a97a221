import {
  AwsClient,
  type AwsClientOptions,
  IdentityPoolClient,
  type IdentityPoolClientOptions,
  JWT,
  UserRefreshClient,
} from 'google-auth-library';
import { type CloudTransport, TOKEN_TIMEOUT } from './cloud-http.ts';
import { GOOGLE_SCOPE, type GoogleToken } from './google-metadata.ts';

type Options = Required<Pick<IdentityPoolClientOptions, 'transporterOptions'>>;
type KeyClient = JWT | UserRefreshClient | IdentityPoolClient | AwsClient;
type ExternalOptions = IdentityPoolClientOptions | AwsClientOptions;

/**
 * An access token for a key file: `service_account`, `authorized_user`, `external_account`. What an external account
 * points at, files and addresses, the library reads by itself; so are keys of AWS, which it also takes from the
 * environment of the process.
 */
export async function keyFileToken(key: object, transport: CloudTransport): Promise<GoogleToken> {
  const client = clientFor(key, {
    transporterOptions: {
      fetchImplementation: fetchBy(transport),
      // The transport knows the proxies; the library's own way past them does not outlive being bundled.
      noProxy: [/./],
      // No second attempts: the cache in front asks again later.
      retryConfig: { retry: 0, noResponseRetries: 0 },
    },
  });
  const { token } = await client.getAccessToken();
  return { token: token ?? '', expires: client.credentials.expiry_date ?? undefined };
}

// The library has a function for any kind of key, which warns on the console of keys by strangers.
function clientFor(key: object, options: Options): KeyClient {
  const type: unknown = Reflect.get(key, 'type');
  if (type === 'service_account') {
    const [email, pem] = [text(key, 'client_email'), text(key, 'private_key')];
    return new JWT({ ...options, email, key: pem, scopes: [GOOGLE_SCOPE] });
  }
  if (type === 'authorized_user') {
    const [clientId, clientSecret] = [text(key, 'client_id'), text(key, 'client_secret')];
    return new UserRefreshClient({
      ...options,
      clientId,
      clientSecret,
      refreshToken: text(key, 'refresh_token'),
    });
  }
  if (!isExternal(key))
    throw new Error(
      'its type is none of service_account, authorized_user, external_account, impersonated_service_account',
    );
  const client = isAws(key)
    ? new AwsClient({ ...key, ...options, scopes: [GOOGLE_SCOPE] })
    : new IdentityPoolClient({ ...key, ...options, scopes: [GOOGLE_SCOPE] });
  // The library does not hand its transporter on to the token exchange, which would go past the proxies.
  const exchange: unknown = Reflect.get(client, 'stsCredential');
  if (typeof exchange === 'object' && exchange !== null) {
    Reflect.set(exchange, 'transporter', client.transporter);
  }
  return client;
}

function fetchBy(transport: CloudTransport): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const body = await request.text();
    const answer = await transport({
      method: request.method,
      url: new URL(request.url),
      headers: Object.fromEntries(request.headers),
      body: body === '' ? undefined : body,
      timeout: TOKEN_TIMEOUT,
    });
    return new Response(answer.status === 204 ? null : new Uint8Array(answer.body), {
      status: answer.status,
      headers: answer.headers,
    });
  };
}

function isExternal(key: object): key is ExternalOptions {
  const needed = ['audience', 'subject_token_type', 'token_url'].map((name): unknown =>
    Reflect.get(key, name),
  );
  const source: unknown = Reflect.get(key, 'credential_source');
  return (
    Reflect.get(key, 'type') === 'external_account' &&
    needed.every((value) => typeof value === 'string') &&
    typeof source === 'object'
  );
}

function isAws(key: ExternalOptions): key is AwsClientOptions {
  return key.credential_source !== undefined && 'environment_id' in key.credential_source;
}

function text(key: object, name: string): string {
  const value: unknown = Reflect.get(key, name);
  if (typeof value === 'string') return value;
  throw new Error(`it has no ${name}`);
}
