import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContainerAnalysisDouble, type ContainerAnalysisOptions } from './container-analysis.ts';
import type { GoogleReply } from './google-handler.ts';

const NOTE = 'projects/n/notes/built';
const ATTESTATION = {
  resourceUri: 'https://r.example/app@sha256:1',
  noteName: NOTE,
  attestation: {
    serializedPayload: 'e30=',
    signatures: [{ signature: 'AQID', publicKeyId: 'ni:///sha-256;x' }],
  },
};

async function ask(
  path: string,
  body?: unknown,
  options: ContainerAnalysisOptions = {},
): Promise<GoogleReply> {
  const double = new ContainerAnalysisDouble({ notes: [NOTE], ...options });
  for (let index = 0; index < 25; index += 1) {
    double.add('projects/p', { kind: 'DISCOVERY', resourceUri: 'https://x', noteName: NOTE });
  }
  const url = new URL(`https://${double.host}/v1/${path}`);
  const method = body === undefined ? 'GET' : 'POST';
  return await double.handler({ method, host: url.host, url, headers: new Map(), body });
}

function messageOf({ status, body }: GoogleReply): string {
  const error: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'error') : undefined;
  const message: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'message') : '';
  return `${status} ${String(message)}`;
}

const LIST = 'projects/p/occurrences';
const payload = (serializedPayload: string): object => ({
  ...ATTESTATION,
  attestation: { ...ATTESTATION.attestation, serializedPayload },
});
const signature = (entry: object): object => ({
  ...ATTESTATION,
  attestation: { ...ATTESTATION.attestation, signatures: [entry] },
});

const refusals: readonly (readonly [
  path: string,
  body: unknown,
  message: string,
  options?: ContainerAnalysisOptions,
])[] = [
  ['projects/p', undefined, '404 Method not found.'],
  [`${NOTE}/occurrences`, ATTESTATION, '404 Method not found.'],
  [`${LIST}?pagesize=1`, undefined, '400 Invalid JSON payload received. Unknown name "pagesize"'],
  [`${LIST}?pageSize=-1`, undefined, '400 invalid page size'],
  [`${LIST}?pageToken=x`, undefined, '400 invalid page token'],
  [`${LIST}?filter=kind`, undefined, '400 invalid filter: no comparison at kind'],
  [`${LIST}?filter=resourceUri="x"`, undefined, '400 invalid filter: unknown field resourceUri'],
  [
    LIST,
    undefined,
    '403 permission "containeranalysis.occurrences.list" denied for project "p" (or it may not exist)',
    { denied: ['containeranalysis.occurrences.list'] },
  ],
  [
    `${NOTE}/occurrences`,
    undefined,
    '403 permission "containeranalysis.notes.listOccurrences" denied for project "n" (or it may not exist)',
    { denied: ['containeranalysis.notes.listOccurrences'] },
  ],
  [
    LIST,
    ATTESTATION,
    '403 permission "containeranalysis.occurrences.create" denied for project "p" (or it may not exist)',
    { denied: ['containeranalysis.occurrences.create'] },
  ],
  [
    LIST,
    ATTESTATION,
    '403 permission "containeranalysis.notes.attachOccurrence" denied for project "n" (or it may not exist)',
    { denied: ['containeranalysis.notes.attachOccurrence'] },
  ],
  [LIST, ATTESTATION, `404 note "${NOTE}" does not exist`, { notes: [] }],
  [LIST, [], '400 Invalid JSON payload received.'],
  [
    LIST,
    { ...ATTESTATION, resourceUrl: 'x' },
    `400 Invalid JSON payload received. Unknown name "resourceUrl" at 'occurrence': Cannot find field.`,
  ],
  [LIST, { ...ATTESTATION, resourceUri: '' }, '400 resource URI is required'],
  [
    LIST,
    { ...ATTESTATION, noteName: 'built' },
    '400 note name must be in the format projects/[PROJECT_ID]/notes/[NOTE_ID]',
  ],
  [LIST, { ...ATTESTATION, attestation: undefined }, '400 details are required'],
  [
    LIST,
    payload('{}'),
    `400 Invalid value at 'occurrence.attestation.serialized_payload' (TYPE_BYTES), Base64 decoding failed`,
  ],
  [
    LIST,
    { ...ATTESTATION, attestation: { serializedPayload: 'e30=', signatures: [] } },
    '400 at least one signature is required',
  ],
  [
    LIST,
    signature({ signature: 'AQID', publicKeyId: 'key' }),
    `400 public key ID is not a valid RFC3986 URI at 'occurrence.attestation.signatures[0]'`,
  ],
  [
    LIST,
    signature({ signature: 'AQI', publicKeyId: 'k:1' }),
    `400 Invalid value at 'occurrence.attestation.signatures[0].signature' (TYPE_BYTES), Base64 decoding failed`,
  ],
  [
    LIST,
    signature({ signature: 'AQID', publicKeyID: 'k:1' }),
    `400 Invalid JSON payload received. Unknown name "publicKeyID" at 'occurrence.attestation.signatures[0]': Cannot find field.`,
  ],
];
for (const [path, body, message, options] of refusals) {
  test(`${body === undefined ? 'GET' : 'POST'} ${path}: ${message}`, async () => {
    assert.equal(messageOf(await ask(path, body, options)), message);
  });
}

test('a kind that is sent does not count', async () => {
  const { status, body } = await ask(LIST, { ...ATTESTATION, kind: 'BUILD', name: 'mine' });
  assert.equal(status, 200);
  assert.ok(typeof body === 'object' && body !== null);
  assert.equal(Reflect.get(body, 'kind'), 'ATTESTATION');
  assert.match(String(Reflect.get(body, 'name')), /^projects\/p\/occurrences\//);
});

for (const [query, count] of [
  ['', 20],
  ['?pageSize=3', 3],
  ['?pageSize=5000', 25],
  ['?filter=kind="BUILD"', undefined],
] as const) {
  test(`a page of ${query || 'no size'}`, async () => {
    const { body } = await ask(`${LIST}${query}`);
    assert.ok(typeof body === 'object' && body !== null);
    const occurrences: unknown = Reflect.get(body, 'occurrences');
    assert.equal(Array.isArray(occurrences) ? occurrences.length : undefined, count);
  });
}
