export type { Environment } from './environment.ts';
export type { Credential, Keychain } from './keychain.ts';
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
