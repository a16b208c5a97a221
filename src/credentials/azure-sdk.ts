import {
  ClientAssertionCredential,
  ClientSecretCredential,
  ManagedIdentityCredential,
  type TokenCredential,
} from '@azure/identity';
import { type CloudTransport, METADATA_TIMEOUT, TOKEN_TIMEOUT } from './cloud-http.ts';

/** Who we are at Entra. */
export type AzureIdentity =
  | (Application & { readonly kind: 'secret'; readonly secret: string })
  | (Application & { readonly kind: 'assertion'; readonly assertion: () => Promise<string> })
  | { readonly kind: 'managed'; readonly clientId: string | undefined };

interface Application {
  /** `https://login.microsoftonline.com` */
  readonly authority: string;
  readonly tenantId: string;
  readonly clientId: string;
}

/** The part of the SDK's credentials that is used here. */
export type EntraCredential = Pick<TokenCredential, 'getToken'>;

type Options = NonNullable<ConstructorParameters<typeof ClientSecretCredential>[3]>;
type Client = NonNullable<Options['httpClient']>;
type Answer = Awaited<ReturnType<Client['sendRequest']>>;

/**
 * A credential of the SDK for an identity. For managed identities it takes the addresses of App Service and the like
 * (`IDENTITY_ENDPOINT`, …) from the environment of the process, and keeps tokens in the memory of the process.
 */
export function entraCredential(identity: AzureIdentity, transport: CloudTransport): EntraCredential {
  const options = {
    httpClient: httpClient(transport),
    // No second attempts: the cache in front asks again later.
    retryOptions: { maxRetries: 0 },
  } satisfies Options;
  if (identity.kind === 'managed') {
    return new ManagedIdentityCredential({
      ...options,
      ...(identity.clientId === undefined ? {} : { clientId: identity.clientId }),
    });
  }
  const { tenantId, clientId, authority } = identity;
  const rest = { ...options, authorityHost: authority, disableInstanceDiscovery: true };
  return identity.kind === 'secret'
    ? new ClientSecretCredential(tenantId, clientId, identity.secret, rest)
    : new ClientAssertionCredential(tenantId, clientId, identity.assertion, rest);
}

/** The SDK's HTTP client, on our transport. */
function httpClient(transport: CloudTransport): Client {
  return {
    sendRequest: async (request): Promise<Answer> => {
      const url = new URL(request.url);
      const { body } = request;
      const answer = await transport({
        method: request.method,
        url,
        headers: request.headers.toJSON(),
        body: typeof body === 'string' ? body : undefined,
        timeout: url.protocol === 'http:' ? METADATA_TIMEOUT : TOKEN_TIMEOUT,
      });
      const headers = new Map(Object.entries(answer.headers));
      return {
        request,
        status: answer.status,
        headers: {
          get: (name) => headers.get(name.toLowerCase()),
          has: (name) => headers.has(name.toLowerCase()),
          set: (name, value) => void headers.set(name.toLowerCase(), String(value)),
          delete: (name) => void headers.delete(name.toLowerCase()),
          toJSON: () => Object.fromEntries(headers),
          [Symbol.iterator]: () => headers.entries(),
        },
        bodyAsText: answer.body.toString('utf8'),
      };
    },
  };
}
