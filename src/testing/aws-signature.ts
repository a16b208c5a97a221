import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { CloudCall } from './cloud-listener.ts';

/** Long-lived keys, or those of a session. */
export interface AwsKeyPair {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What a signature has to be for. */
export interface AwsScope {
  readonly region: string;
  readonly service: string;
}

const LONGEST_SKEW = 5 * 60_000;

/**
 * Verifies the signature version 4 of a request (AWS, "Create a signed AWS API request"). Returns the words of AWS for
 * what is wrong with it, undefined when all is right.
 */
export function awsSignatureFault(
  call: CloudCall,
  { region, service }: AwsScope,
  keys: readonly AwsKeyPair[],
  now: number,
): string | undefined {
  const header = call.headers.get('authorization');
  if (header === undefined) return 'MissingAuthenticationTokenException: Missing Authentication Token';
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      header,
    );
  const [, keyId, day = '', scopeRegion, scopeService, signedHeaders = '', signature = ''] = match ?? [];
  if (keyId === undefined)
    return 'IncompleteSignatureException: Authorization header is not in the right form';
  if (scopeRegion !== region || scopeService !== service) {
    return `SignatureDoesNotMatch: Credential should be scoped to ${region}/${service}`;
  }
  const pair = keys.find(({ accessKeyId }) => accessKeyId === keyId);
  if (pair?.sessionToken !== call.headers.get('x-amz-security-token') || pair === undefined) {
    return 'UnrecognizedClientException: The security token included in the request is invalid.';
  }
  const date = call.headers.get('x-amz-date') ?? '';
  const time = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!date.startsWith(day) || !(Math.abs(now - time) <= LONGEST_SKEW)) {
    return 'InvalidSignatureException: Signature expired';
  }
  const names = signedHeaders.split(';');
  const needed = ['host', ...[...call.headers.keys()].filter((name) => name.startsWith('x-amz-'))];
  if (needed.some((name) => !names.includes(name)) || names.toSorted().join(';') !== signedHeaders) {
    return 'InvalidSignatureException: SignedHeaders lacks a header or is not sorted';
  }
  const canonical = [
    call.method,
    canonicalPath(call.url.pathname),
    canonicalQuery(call.url.searchParams),
    ...names.map((name) => `${name}:${(call.headers.get(name) ?? '').trim().replaceAll(/ +/g, ' ')}`),
    '',
    signedHeaders,
    sha256(call.body),
  ].join('\n');
  const text = ['AWS4-HMAC-SHA256', date, `${day}/${region}/${service}/aws4_request`, sha256(canonical)];
  let key: Buffer = Buffer.from(`AWS4${pair.secretAccessKey}`);
  for (const part of [day, region, service, 'aws4_request']) key = hmac(key, part);
  const isRight = timingSafeEqual(hmac(key, text.join('\n')), Buffer.from(signature, 'hex'));
  return isRight
    ? undefined
    : 'InvalidSignatureException: The request signature we calculated does not match the signature you provided.';
}

function canonicalPath(path: string): string {
  return path.split('/').map(encode).join('/');
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted()
    .join('&');
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
