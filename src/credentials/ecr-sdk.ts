import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { clientSettings } from './aws-handler.ts';
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
  const client = new ECRClient({
    region,
    endpoint: `https://${api}`,
    ...clientSettings(keys, transport),
  });
  const { authorizationData } = await client.send(
    new GetAuthorizationTokenCommand({ registryIds: [account] }),
  );
  return authorizationData?.[0];
}
