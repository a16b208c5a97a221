import type { Credential } from '../registry/index.ts';
import { CredentialError } from './errors.ts';

/**
 * The credential in one value of `auths`: a registry token, an identity token, `auth` or user and password,
 * in this order; undefined for `{}`, which only says that a helper keeps it. `where` opens the error's message.
 */
export function entryCredential(entry: unknown, where: string): Credential | undefined {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw new CredentialError(`${where} is not an object`);
  }
  const registryToken = text(entry, 'registrytoken', where);
  // It is sent as it is: with anything else in it there would be no request.
  if (!/^[\x20-\x7e]*$/.test(registryToken)) throw new CredentialError(`${where}.registrytoken is no token`);
  if (registryToken !== '') return { kind: 'registry-token', token: registryToken };
  const identityToken = text(entry, 'identitytoken', where);
  if (identityToken !== '') return { kind: 'identity-token', token: identityToken };
  const auth = text(entry, 'auth', where);
  if (auth !== '') return decodeAuth(auth, `${where}.auth`);
  const username = text(entry, 'username', where);
  const password = text(entry, 'password', where);
  return username === '' || password === '' ? undefined : { kind: 'basic', username, password };
}

/** Decodes base64 of `user:password`; padding may be missing, the password may hold colons and end in NULs. */
export function decodeAuth(auth: string, where: string): Credential {
  // Go's decoder, which wrote and reads these files elsewhere, skips line ends: `base64` without -w0 leaves some.
  const packed = auth.replace(/[\r\n]/g, '').replace(/={1,2}$/, '');
  if (!/^[A-Za-z0-9+/]+$/.test(packed) || packed.length % 4 === 1) {
    throw new CredentialError(`${where} is not base64`);
  }
  const pair = decodeUtf8(Buffer.from(packed, 'base64'), where);
  const colon = pair.indexOf(':');
  if (colon < 0) throw new CredentialError(`${where} has no colon between user and password`);
  if (colon === 0) throw new CredentialError(`${where} has no user before the colon`);
  // Docker's first versions padded the password with NULs to a fixed length.
  // oxlint-disable-next-line no-control-regex
  const password = pair.slice(colon + 1).replace(/\0+$/, '');
  return { kind: 'basic', username: pair.slice(0, colon), password };
}

function decodeUtf8(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CredentialError(`${where} is not UTF-8 inside its base64`);
  }
}

function text(entry: object, name: string, where: string): string {
  const value: unknown = Object.hasOwn(entry, name) ? Reflect.get(entry, name) : undefined;
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new CredentialError(`${where}.${name} is not a string`);
  return value;
}
