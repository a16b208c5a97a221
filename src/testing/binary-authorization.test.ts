import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { textAt } from './api-json.ts';
import { BinaryAuthorization } from './binary-authorization.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const NOTE = 'projects/p/notes/n';
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

function authorization(): BinaryAuthorization {
  const double = new BinaryAuthorization();
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  double.add('projects/p/attestors/a', { note: NOTE, keys: [{ id: 'k', pem }] });
  return double;
}

interface Claims {
  readonly reference?: string;
  readonly identity?: string;
  readonly digest?: string;
  readonly type?: string;
}

function payload(claims: Claims = {}): string {
  const { reference = 'r.io/a', identity = 'identity', digest = DIGEST } = claims;
  const { type = 'Google cloud binauthz container signature' } = claims;
  return JSON.stringify({
    critical: {
      [identity]: { 'docker-reference': reference },
      image: { 'docker-manifest-digest': digest },
      type,
    },
  });
}

/** The answer to an attestation: the result, or why there is none. */
function verdict(text: string, changes: object = {}, publicKeyId = 'k', signed = text): string {
  const url = new URL(
    `https://${BinaryAuthorization.host}/v1/projects/p/attestors/a:validateAttestationOccurrence`,
  );
  const signature = sign('sha256', Buffer.from(signed), privateKey).toString('base64');
  const body = {
    attestation: {
      serializedPayload: Buffer.from(text).toString('base64'),
      signatures: [{ signature, publicKeyId }],
    },
    occurrenceNote: NOTE,
    occurrenceResourceUri: `https://r.io/a@${DIGEST}`,
    ...changes,
  };
  const reply = authorization().handler({ method: 'POST', host: url.host, url, headers: new Map(), body });
  return textAt(reply.body, 'denialReason') || textAt(reply.body, 'result');
}

test('an attestation is verified in earnest', () => {
  const unsigned = 'No signature was valid and made with a key that the attestor trusts';
  const cases: readonly [verdict: string, expected: string][] = [
    [verdict(payload()), 'VERIFIED'],
    [verdict(`${payload()}\n`), 'VERIFIED'],
    [verdict(payload(), {}, 'K'), unsigned],
    [verdict(payload(), {}, 'k', 'other'), unsigned],
    [
      verdict(payload(), { occurrenceNote: 'projects/p/notes/o' }),
      'The attestation is not attached to the note of the attestor',
    ],
    [
      verdict(payload(), { occurrenceResourceUri: 'https://r.io/a:1' }),
      'The resource https://r.io/a:1 is no image by its digest',
    ],
    [verdict('text'), 'The payload is not JSON'],
    [verdict('[]'), 'The payload is no object'],
    [
      verdict(payload({ reference: `r.io/a@${DIGEST}` })),
      `The docker-reference "r.io/a@${DIGEST}" is not r.io/a`,
    ],
    [
      verdict(payload({ reference: 'https://r.io/a' })),
      'The docker-reference "https://r.io/a" is not r.io/a',
    ],
    [verdict(payload({ reference: 'r.io/a:1' })), 'The docker-reference "r.io/a:1" is not r.io/a'],
    [verdict(payload({ identity: 'identitiy' })), 'The docker-reference "" is not r.io/a'],
    [verdict(payload({ digest: 'sha256:1' })), `The docker-manifest-digest "sha256:1" is not ${DIGEST}`],
    [verdict(payload({ type: 'cosign' })), 'The type "cosign" is not that of an attestation'],
  ];
  for (const [given, expected] of cases) assert.equal(given, expected);
});
