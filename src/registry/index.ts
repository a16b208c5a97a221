export type { Environment } from './environment.ts';
export { type Located, RegistryClient, type RegistryClientOptions } from './client.ts';
export { type Clock, systemClock } from './clock.ts';
export type { CopierOptions, CopyJob } from './copy.ts';
export { Copier } from './copy.ts';
export { type CopyProgress, startOfCopy } from './blob-copy.ts';
export { ContentError, DestinationError, RegistryError } from './errors.ts';
export type { RequestEvent } from './host.ts';
export type { Credential, Keychain } from './keychain.ts';
export type { Origin } from './origin.ts';
export type { FetchedManifest, Resolved } from './pull.ts';
export type { PullSource } from './pull-source.ts';
export { together } from './single-flight.ts';
export { type HostCertificates, hostCertificates } from './host-certificates.ts';
export { type Endpoint, type EndpointRequest, endpointsFor, RegistryBlockedError } from './mirrors.ts';
export {
  ConfigError,
  type LoadOptions,
  loadRegistriesConf,
  type MirrorRule,
  type MirrorUse,
  type RegistriesConf,
  type RegistryRule,
} from './registries-conf.ts';
