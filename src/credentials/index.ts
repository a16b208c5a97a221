export { chain } from './chain.ts';
export { CredentialError } from './errors.ts';
export {
  type GoogleBearer,
  type GoogleTokens,
  type GoogleTokensOptions,
  googleTokens,
} from './google-tokens.ts';
export { createKeychain } from './keychain.ts';
export { pullCredentials } from './pull-keyring.ts';
export { type PullSecretEntry, parsePullSecret } from './pull-secret.ts';
