import { ECRPUBLICClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr-public';
import { clientSettings } from './aws-handler.ts';
import type { AwsKeys } from './aws-keys.ts';
import { type AuthorizationData, ECR_PUBLIC_REGION } from './ecr-authorization.ts';
import type { CloudTransport } from './cloud-http.ts';

/** `GetAuthorizationToken` of the public gallery. */
export async function ecrPublicAuthorization(
  keys: AwsKeys,
  transport: CloudTransport,
): Promise<AuthorizationData | undefined> {
  const client = new ECRPUBLICClient({
    region: ECR_PUBLIC_REGION,
    endpoint: `https://api.ecr-public.${ECR_PUBLIC_REGION}.amazonaws.com`,
    ...clientSettings(keys, transport),
  });
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  return authorizationData;
}
