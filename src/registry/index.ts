export { type CopyProgress, startOfCopy } from './blob-copy.ts';
export { RegistryClient } from './client.ts';
export { Copier, type CopyJob } from './copy.ts';
export { RegistryError } from './errors.ts';
export { type HostCertificates, hostCertificates } from './host-certificates.ts';
export type { RequestEvent } from './host.ts';
export type { Credential, Keychain } from './keychain.ts';
export { loadRegistriesConf, type RegistriesConf } from './registries-conf.ts';
