import type { ByteString } from '../template/text.ts';
import { type Family, ofText } from './define.ts';
import { Base32Decoder, Base64Decoder } from './base-decoder.ts';

/** Encodings and checksums of a text's bytes. */
export function encodingFunctions(): Family {
  return {
    b64enc: ofText((text) => Buffer.from(text, 'latin1').toString('base64')),
    b64dec: ofText((text) => new Base64Decoder(text).decode()),
    b32enc: ofText(encodeBase32),
    b32dec: ofText((text) => new Base32Decoder(text).decode()),
    sha1sum: ofText((text) => hash('sha1', text)),
    sha256sum: ofText((text) => hash('sha256', text)),
    sha512sum: ofText((text) => hash('sha512', text)),
    adler32sum: ofText(adler32),
  };
}

function hash(algorithm: string, text: ByteString): string {
  // Loaded with the first checksum: every start of a program would wait for it.
  return process.getBuiltinModule('node:crypto').createHash(algorithm).update(text, 'latin1').digest('hex');
}

function adler32(text: ByteString): string {
  let [a, b] = [1, 0];
  for (const byte of Buffer.from(text, 'latin1')) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return String(b * 65_536 + a);
}

function encodeBase32(text: ByteString): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = Array.from(Buffer.from(text, 'latin1'), (byte) => byte.toString(2).padStart(8, '0')).join('');
  const digits = (bits.match(/.{1,5}/g) ?? []).map(
    (group) => alphabet[Number.parseInt(group.padEnd(5, '0'), 2)] ?? '',
  );
  return digits.join('').padEnd(Math.ceil(digits.length / 8) * 8, '=');
}
