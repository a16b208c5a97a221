const NOTE = /^projects\/[^/]+\/notes\/[^/]+$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const KNOWN = new Set([
  'name',
  'kind',
  'resourceUri',
  'noteName',
  'remediation',
  'createTime',
  'updateTime',
  'attestation',
]);

/** What Container Analysis would have against a new attestation, undefined where it has nothing. */
export function newOccurrenceFault(body: unknown): string | undefined {
  if (!isObject(body)) return 'Invalid JSON payload received.';
  const stranger = Object.keys(body).find((name) => !KNOWN.has(name));
  if (stranger !== undefined) return unknownName(stranger, 'occurrence');
  if (typeof body['resourceUri'] !== 'string' || body['resourceUri'] === '')
    return 'resource URI is required';
  if (typeof body['noteName'] !== 'string' || !NOTE.test(body['noteName']))
    return 'note name must be in the format projects/[PROJECT_ID]/notes/[NOTE_ID]';
  const details = body['attestation'];
  if (!isObject(details)) return 'details are required';
  return attestationFault(details);
}

function attestationFault(details: Readonly<Record<string, unknown>>): string | undefined {
  const place = 'occurrence.attestation';
  const stranger = Object.keys(details).find(
    (name) => !['serializedPayload', 'signatures', 'jwts'].includes(name),
  );
  if (stranger !== undefined) return unknownName(stranger, place);
  if (!isBytes(details['serializedPayload'])) return notBase64(`${place}.serialized_payload`);
  const signatures = details['signatures'];
  if (!Array.isArray(signatures) || signatures.length === 0) return 'at least one signature is required';
  for (const [index, signature] of signatures.entries()) {
    const at = `${place}.signatures[${index}]`;
    if (!isObject(signature)) return `Invalid value at '${at}'`;
    const odd = Object.keys(signature).find((name) => !['signature', 'publicKeyId'].includes(name));
    if (odd !== undefined) return unknownName(odd, at);
    if (!isBytes(signature['signature'])) return notBase64(`${at}.signature`);
    // An id is a URI of RFC 3986.
    if (
      typeof signature['publicKeyId'] !== 'string' ||
      !/^(?:[a-z][a-z0-9+.-]*:|\/\/)\S+$/i.test(signature['publicKeyId'])
    )
      return `public key ID is not a valid RFC3986 URI at '${at}'`;
  }
  return undefined;
}

function isBytes(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && BASE64.test(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownName(name: string, place: string): string {
  return `Invalid JSON payload received. Unknown name "${name}" at '${place}': Cannot find field.`;
}

function notBase64(place: string): string {
  return `Invalid value at '${place}' (TYPE_BYTES), Base64 decoding failed`;
}
