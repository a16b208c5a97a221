import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAttestSettings } from './attest-options.ts';
import { parseFlags } from './go-flags.ts';
import { REIMAGE_FLAGS } from './reimage-flags.ts';

const KEY = 'projects/p/locations/global/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1';
const ATTESTOR = 'projects/p/attestors/a';

function settingsOf(...argv: readonly string[]): ReturnType<typeof readAttestSettings> {
  return readAttestSettings(parseFlags(REIMAGE_FLAGS, argv));
}

test('attesters are those that flags name', () => {
  assert.deepEqual(settingsOf(), { binauthz: undefined, cosignKey: undefined });
  assert.deepEqual(settingsOf('-sign-cosign-key', 'k'), { binauthz: undefined, cosignKey: 'k' });
  const binauthz = { attestor: ATTESTOR, parent: 'projects/p', kmsKey: undefined };
  assert.deepEqual(settingsOf('-binauthz-attestor', ATTESTOR, '-gcp-kms-key', '').binauthz, binauthz);
  for (const kmsKey of [KEY, `//cloudkms.googleapis.com/v1/${KEY}`]) {
    assert.deepEqual(
      settingsOf(
        '-binauthz-attestor=projects/example.com:p/attestors/a.b_c',
        '-grafeas-parent=project/q',
        `-gcp-kms-key=${kmsKey}`,
      ).binauthz,
      { attestor: 'projects/example.com:p/attestors/a.b_c', parent: 'projects/q', kmsKey },
    );
  }
});

test('what would attest nothing, or ask for something else, is wrong usage', () => {
  const attestor = ['-binauthz-attestor', ATTESTOR];
  const cases: readonly (readonly [argv: readonly string[], message: RegExp])[] = [
    [['-binauthz-attestor='], /^-binauthz-attestor is empty: leave it out where nothing is to be attested$/],
    [['-sign-cosign-key', ''], /^-sign-cosign-key is empty: /],
    [['-gcp-kms-key', KEY], /^-gcp-kms-key signs attestations: it needs -binauthz-attestor$/],
    ...[
      'a',
      'projects/../attestors/a',
      'projects/p/attestors/..',
      'projects/p?x/attestors/a',
      'projects/p/attestors/a#x',
      'projects/p/attestors/a/../b',
      `//evil.example/${ATTESTOR}`,
      `projects/p\\..\\q/attestors/a`,
    ].map((name) => [['-binauthz-attestor', name], /: it is projects\/PROJECT\/attestors\/NAME$/] as const),
    ...[
      'k',
      KEY.replace('/p/', '/../'),
      KEY.replace('/1', '/latest'),
      `${KEY}?x`,
      `//evil.example/v1/${KEY}`,
      KEY.replace('/cryptoKeyVersions/1', ''),
    ].map(
      (name) => [[...attestor, '-gcp-kms-key', name], /: it is projects\/PROJECT\/locations\/\S+$/] as const,
    ),
    ...['projects/..', 'projects/a?b', 'projects/a/b', 'p'].map(
      (name) => [[...attestor, '-grafeas-parent', name], /: it is projects\/PROJECT$/] as const,
    ),
  ];
  for (const [argv, message] of cases) {
    assert.throws(() => settingsOf(...argv), { name: 'UsageError', message }, argv.join(' '));
  }
});
