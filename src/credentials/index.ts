export { type ChainOptions, chain } from './chain.ts';
export { CloudFault, type CloudFaultReason, type CloudSource } from './cloud-fault.ts';
export { type CloudKeychainsOptions, cloudKeychains, type CloudObserver } from './cloud-keychains.ts';
export { CredentialError } from './errors.ts';
export { createKeychain, type KeychainOptions } from './keychain.ts';
export { pullCredentials } from './pull-keyring.ts';
export { type PullSecretEntry, parsePullSecret } from './pull-secret.ts';
