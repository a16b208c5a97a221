import assert from 'node:assert/strict';
import { createHash, verify } from 'node:crypto';
import { test } from 'node:test';
import { at, textAt } from './api-json.ts';
import { CloudKms } from './cloud-kms.ts';
import { Crc32c } from './crc32c.ts';
import type { GoogleReply } from './google-handler.ts';

const NAME = 'projects/p/locations/global/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1';
const DIGEST = createHash('sha256').update('text').digest();
const SUM = new Crc32c().of(DIGEST);

function ask(kms: CloudKms, method: string, path: string, body?: unknown): GoogleReply {
  const url = new URL(`https://${CloudKms.host}/v1/${path}`);
  return kms.handler({ method, host: url.host, url, headers: new Map(), body });
}

function refusal({ body }: GoogleReply): string {
  return `${textAt(body, 'error', 'status')}: ${textAt(body, 'error', 'message')}`;
}

test('a key version shows its public key, and signs digests with it', () => {
  const kms = new CloudKms();
  const pem = kms.add(NAME);
  const shown = ask(kms, 'GET', `${NAME}/publicKey`);
  assert.equal(textAt(shown.body, 'pem'), pem);
  assert.equal(textAt(shown.body, 'algorithm'), 'EC_SIGN_P256_SHA256');
  assert.equal(textAt(shown.body, 'pemCrc32c'), new Crc32c().of(Buffer.from(pem)));
  const body = { digest: { sha256: DIGEST.toString('base64') }, digestCrc32c: SUM };
  const signed = ask(kms, 'POST', `${NAME}:asymmetricSign`, body);
  const signature = Buffer.from(textAt(signed.body, 'signature'), 'base64');
  assert.ok(verify('sha256', Buffer.from('text'), pem, signature));
  assert.equal(textAt(signed.body, 'signatureCrc32c'), new Crc32c().of(signature));
  assert.equal(at(signed.body, 'verifiedDigestCrc32c'), true);
  const unchecked = ask(kms, 'POST', `${NAME}:asymmetricSign`, { digest: body.digest });
  assert.equal(at(unchecked.body, 'verifiedDigestCrc32c'), false);
});

test('what is not asked rightly is refused', () => {
  const kms = new CloudKms();
  kms.add(NAME, { algorithm: 'EC_SIGN_P384_SHA384' });
  const other = NAME.replace(/1$/, '2');
  const sha256 = DIGEST.toString('base64');
  const sha384 = createHash('sha384').update('text').digest('base64');
  const wrong = 'INVALID_ARGUMENT: The digest is not the one that EC_SIGN_P384_SHA384 signs.';
  const cases: readonly [method: string, path: string, body: unknown, message: string][] = [
    ['POST', `${NAME}:asymmetricSign`, undefined, wrong],
    ['POST', `${NAME}:asymmetricSign`, { digest: { sha256 } }, wrong],
    ['POST', `${NAME}:asymmetricSign`, { digest: { sha384: sha256 } }, wrong],
    ['POST', `${NAME}:asymmetricSign`, { digest: { sha384, sha256 } }, wrong],
    [
      'POST',
      `${NAME}:asymmetricSign`,
      { digest: { sha384 }, digestCrc32c: SUM },
      'INVALID_ARGUMENT: The checksum in field digest_crc32c did not match the data in field digest.',
    ],
    ['GET', `${other}/publicKey`, undefined, `NOT_FOUND: CryptoKeyVersion ${other} not found.`],
    [
      'GET',
      `${NAME}:asymmetricSign`,
      undefined,
      `NOT_FOUND: Method not found: GET /v1/${NAME}:asymmetricSign`,
    ],
  ];
  for (const [method, path, body, message] of cases) {
    assert.equal(refusal(ask(kms, method, path, body)), message);
  }
  assert.equal(kms.signatures, 0);
});
