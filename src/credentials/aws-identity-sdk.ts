import { fromHttp, fromIni, fromInstanceMetadata, fromWebToken } from '@aws-sdk/credential-providers';
import { awsHandler } from './aws-handler.ts';
import type { AwsKeys } from './aws-keys.ts';
import { type CloudTransport, METADATA_TIMEOUT } from './cloud-http.ts';

// No second attempts at metadata servers: the cache in front asks again later.
const METADATA = { timeout: METADATA_TIMEOUT, maxRetries: 0 };
// With a logger the SDK does not write to the console.
const logger = {
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};

interface Sts {
  /** Whose regional endpoint is asked. */
  readonly region: string;
  readonly transport: CloudTransport;
}

export interface WebIdentity extends Sts {
  readonly roleArn: string;
  readonly roleSessionName: string;
  readonly token: string;
}

/** `AssumeRoleWithWebIdentity` of STS. */
export async function webIdentityKeys(options: WebIdentity): Promise<AwsKeys> {
  const { region, transport, roleArn, roleSessionName, token } = options;
  const clientConfig = { region, requestHandler: awsHandler(transport), maxAttempts: 2, logger };
  return await fromWebToken({ roleArn, roleSessionName, webIdentityToken: token, clientConfig })();
}

export interface Profile extends Sts {
  readonly name: string;
  readonly credentialsFile: string;
  readonly configFile: string;
}

/** A profile of the shared files: keys, roles, SSO, processes. Files and what they lead to the SDK reads by itself. */
export async function profileKeys(options: Profile): Promise<AwsKeys> {
  const { name, credentialsFile, configFile, region, transport } = options;
  const clientConfig = { region, requestHandler: awsHandler(transport), maxAttempts: 2, logger };
  return await fromIni({
    profile: name,
    filepath: credentialsFile,
    configFilepath: configFile,
    ignoreCache: true,
    clientConfig,
    logger,
  })();
}

export interface ContainerIdentity {
  readonly relativeUri: string;
  readonly fullUri: string;
  readonly token: string;
  readonly tokenFile: string;
}

/** The credentials of an ECS task or an EKS pod; plain http only to the addresses that the SDK knows for it. */
export async function containerKeys(identity: ContainerIdentity): Promise<AwsKeys> {
  // Empty, not left out: what is left out the SDK takes from the environment of the process.
  return await fromHttp({
    awsContainerCredentialsRelativeUri: identity.relativeUri,
    awsContainerCredentialsFullUri: identity.fullUri,
    awsContainerAuthorizationToken: identity.token,
    awsContainerAuthorizationTokenFile: identity.tokenFile,
    ...METADATA,
    logger,
  })();
}

/**
 * The role of the machine, by IMDSv2. Its address the SDK takes from `AWS_EC2_METADATA_SERVICE_ENDPOINT` in the
 * environment of the process, or from the shared files, and from nowhere else.
 */
export async function instanceKeys(): Promise<AwsKeys> {
  // IMDSv1 after a token that did not come would be a second time limit to wait for.
  return await fromInstanceMetadata({ ...METADATA, ec2MetadataV1Disabled: true, logger })();
}
