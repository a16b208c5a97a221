export type { Environment } from './environment.ts';
export type { Credential, Keychain } from './keychain.ts';
