import { secretbox } from '@noble/ciphers/salsa.js';

/**
 * Opens a box of NaCl (XSalsa20-Poly1305, the tag in front): `key` of 32 bytes, `nonce` of 24.
 * Undefined for a wrong key and for content that is not as it was sealed.
 */
export function openSecretBox(box: Uint8Array, key: Uint8Array, nonce: Uint8Array): Uint8Array | undefined {
  try {
    return secretbox(key, nonce).open(box);
  } catch {
    return undefined;
  }
}
