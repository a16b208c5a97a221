import type { AwsKeys } from './aws-keys.ts';
import { type CloudTransport, TOKEN_TIMEOUT } from './cloud-http.ts';

/** A request as the clients of the AWS SDK hand it out. */
interface AwsRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface AwsAnswer {
  readonly response: {
    statusCode: number;
    headers: Record<string, string>;
    body: Uint8Array;
  };
}

/** The shape of a `requestHandler` of the AWS SDK, on our transport. */
export interface AwsHandler {
  handle(request: AwsRequest): Promise<AwsAnswer>;
}

/** What a client of the AWS SDK is given lest it look that up in the environment of the process or in shared files. */
export function clientSettings(keys: AwsKeys, transport: CloudTransport) {
  return {
    credentials: { ...keys },
    requestHandler: awsHandler(transport),
    defaultsMode: 'standard',
    retryMode: 'standard',
    maxAttempts: 2,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    userAgentAppId: '',
  } as const;
}

/** Sends what the AWS SDK asks for through `transport`. */
export function awsHandler(transport: CloudTransport): AwsHandler {
  return {
    handle: async ({ method, protocol, hostname, port, path, query = {}, headers, body }) => {
      const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`);
      for (const [name, value] of Object.entries(query)) {
        for (const one of [value].flat()) url.searchParams.append(name, one ?? '');
      }
      const answer = await transport({
        method,
        url,
        headers,
        body: typeof body === 'string' || body instanceof Uint8Array ? body : undefined,
        timeout: TOKEN_TIMEOUT,
      });
      return {
        response: { statusCode: answer.status, headers: { ...answer.headers }, body: answer.body },
      };
    },
  };
}
