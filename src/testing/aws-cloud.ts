import { type AwsKeyPair, awsSignatureFault } from './aws-signature.ts';
import {
  type CloudCall,
  type CloudDouble,
  type CloudReply,
  jsonReply,
  startCloudDouble,
} from './cloud-listener.ts';

export interface AwsCloudOptions {
  /** Keys that ECR takes. */
  readonly keys: readonly AwsKeyPair[];
  /** What STS gives for a web identity. */
  readonly role?: { readonly arn: string; readonly webIdentityToken: string; readonly keys: AwsKeyPair };
  /** What the agent of the container gives at `/v1/credentials`, and what it wants for it. */
  readonly container?: { readonly authorization: string; readonly keys: AwsKeyPair };
  /** What the metadata server gives. */
  readonly machine?: { readonly role: string; readonly keys: AwsKeyPair };
  /** Instead of the answer to the calls to ECR, while it returns one. */
  readonly trouble?: () => CloudReply | undefined;
  /** In milliseconds since the epoch. */
  readonly now?: () => number;
}

const HOUR = 3_600_000;
const METADATA_TOKEN = 'metadata-token';

/** ECR, its public gallery and STS in all regions, the agent of containers and the metadata server of machines. */
export async function startAwsCloud(options: AwsCloudOptions): Promise<CloudDouble> {
  return await startCloudDouble((call) => {
    const [, service, region] =
      /^(?:api\.)?(ecr(?:-fips|-public)?|sts)\.([a-z0-9-]+)\./.exec(call.host) ?? [];
    if (service === 'sts') return assumeRole(call, options);
    if (service !== undefined && region !== undefined) return ecr(call, service, region, options);
    return call.url.pathname.startsWith('/latest/') ? machine(call, options) : container(call, options);
  });
}

function ecr(call: CloudCall, service: string, region: string, options: AwsCloudOptions): CloudReply {
  const { keys, now = Date.now, trouble } = options;
  const spoilt = trouble?.();
  if (spoilt !== undefined) return spoilt;
  const isPublic = service === 'ecr-public';
  const prefix = isPublic ? 'SpencerFrontendService' : 'AmazonEC2ContainerRegistry_V20150921';
  if (call.method !== 'POST' || call.headers.get('x-amz-target') !== `${prefix}.GetAuthorizationToken`) {
    return awsError('UnknownOperationException', '');
  }
  const scope = { region, service: isPublic ? 'ecr-public' : 'ecr' };
  const fault = awsSignatureFault(call, scope, keys, now());
  if (fault !== undefined) return awsError(...splitFault(fault));
  if (call.headers.get('content-type') !== 'application/x-amz-json-1.1') {
    return awsError('SerializationException', '');
  }
  const account = isPublic ? 'public' : /^\{"registryIds":\["(\d{12})"\]\}$/.exec(call.body)?.[1];
  if (account === undefined || (isPublic && call.body !== '{}')) {
    return awsError('InvalidParameterException', "Invalid parameter at 'registryIds'");
  }
  const data = {
    authorizationToken: btoa(`AWS:password of ${account} in ${region}`),
    expiresAt: (now() + 12 * HOUR) / 1000,
  };
  const proxyEndpoint = `https://${account}.dkr.ecr.${region}.amazonaws.com`;
  const answer = { authorizationData: isPublic ? data : [{ ...data, proxyEndpoint }] };
  return jsonReply(200, answer, { 'content-type': 'application/x-amz-json-1.1' });
}

function assumeRole({ method, url, headers, body }: CloudCall, { role, now = Date.now }: AwsCloudOptions) {
  const form = new URLSearchParams(body);
  const isForm = headers.get('content-type')?.startsWith('application/x-www-form-urlencoded') === true;
  if (method !== 'POST' || url.pathname !== '/' || !isForm) return stsError('InvalidAction', 'unknown');
  if (form.get('Action') !== 'AssumeRoleWithWebIdentity' || form.get('Version') !== '2011-06-15') {
    return stsError('InvalidAction', 'Could not find operation');
  }
  if (headers.has('authorization')) return stsError('InvalidAction', 'the request has to be unsigned');
  if (form.get('WebIdentityToken') !== role?.webIdentityToken) {
    return stsError(
      'InvalidIdentityToken',
      `No OpenIDConnect provider found for ${form.get('WebIdentityToken')}`,
    );
  }
  if (role === undefined || form.get('RoleArn') !== role.arn || !form.get('RoleSessionName')) {
    return stsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);
  }
  const { accessKeyId, secretAccessKey, sessionToken = '' } = role.keys;
  return {
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <AssumedRoleUser><Arn>${role.arn}/x</Arn><AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser>
    <Credentials>
      <AccessKeyId>${accessKeyId}</AccessKeyId>
      <SecretAccessKey>${secretAccessKey}</SecretAccessKey>
      <SessionToken>${sessionToken}</SessionToken>
      <Expiration>${new Date(now() + HOUR).toISOString()}</Expiration>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>`,
  };
}

function container(call: CloudCall, options: AwsCloudOptions): CloudReply {
  const { container: known } = options;
  if (known === undefined || call.url.pathname !== '/v1/credentials') return { status: 404, body: '' };
  if (call.headers.get('authorization') !== known.authorization) return { status: 401, body: '' };
  return jsonReply(200, metadataKeys(known.keys, options));
}

function machine(call: CloudCall, options: AwsCloudOptions): CloudReply {
  const { machine: known } = options;
  const { method, url, headers } = call;
  if (method === 'PUT' && url.pathname === '/latest/api/token') {
    const isRight = /^\d+$/.test(headers.get('x-aws-ec2-metadata-token-ttl-seconds') ?? '');
    return isRight ? { status: 200, body: METADATA_TOKEN } : { status: 400, body: '' };
  }
  if (headers.get('x-aws-ec2-metadata-token') !== METADATA_TOKEN) return { status: 401, body: '' };
  const roles = '/latest/meta-data/iam/security-credentials/';
  if (known !== undefined && url.pathname === roles) return { status: 200, body: known.role };
  if (known !== undefined && url.pathname === `${roles}${known.role}`) {
    return jsonReply(200, { Code: 'Success', Type: 'AWS-HMAC', ...metadataKeys(known.keys, options) });
  }
  return { status: 404, body: '' };
}

function metadataKeys(keys: AwsKeyPair, { now = Date.now }: AwsCloudOptions): object {
  return {
    AccessKeyId: keys.accessKeyId,
    SecretAccessKey: keys.secretAccessKey,
    Token: keys.sessionToken,
    Expiration: new Date(now() + HOUR).toISOString(),
  };
}

function awsError(type: string, message: string): CloudReply {
  return jsonReply(400, { __type: type, message }, { 'content-type': 'application/x-amz-json-1.1' });
}

function stsError(code: string, message: string, status = 400): CloudReply {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  const body = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${error}<RequestId>1</RequestId></ErrorResponse>`;
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

function splitFault(fault: string): [type: string, message: string] {
  const [type = '', ...rest] = fault.split(': ');
  return [type, rest.join(': ')];
}
