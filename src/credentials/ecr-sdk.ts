import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { awsHandler } from './aws-handler.ts';
import type { AwsKeys } from './aws-keys.ts';
import type { AuthorizationData } from './ecr-authorization.ts';
import type { EcrHost } from './cloud-host.ts';
import type { CloudTransport } from './cloud-http.ts';

/** `GetAuthorizationToken` for one account. */
export async function ecrAuthorization(
  { account, region, api }: EcrHost,
  keys: AwsKeys,
  transport: CloudTransport,
): Promise<AuthorizationData | undefined> {
  // All that the client would otherwise look up in the environment of the process or in shared files is given.
  const client = new ECRClient({
    region,
    endpoint: `https://${api}`,
    credentials: { ...keys },
    requestHandler: awsHandler(transport),
    defaultsMode: 'standard',
    retryMode: 'standard',
    maxAttempts: 2,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    userAgentAppId: '',
  });
  const { authorizationData } = await client.send(
    new GetAuthorizationTokenCommand({ registryIds: [account] }),
  );
  return authorizationData?.[0];
}
