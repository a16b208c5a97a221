export type { Action, AuthOptions, BasicOptions, Right, TokenOptions, User } from './access.ts';
export { type BlobSource, bytesSource, generatedSource } from './blob-source.ts';
export type { FaultAction, FaultMatch, FaultRule, Faults } from './faults.ts';
export { ALL_FEATURES, type Features } from './features.ts';
export type { TlsOptions } from './listener.ts';
export { noise } from './noise.ts';
export type { ErrorCode } from './refusal.ts';
export { EmbeddedRegistry, type RegistryOptions, startRegistry } from './registry.ts';
export type { RequestRecord } from './request-log.ts';
export { requestKind } from './route.ts';
export type { Sleep } from './spoil.ts';
export { digestOfSource, RegistryStore, type StoredManifest } from './store.ts';
export {
  buildArtifact,
  buildCosignSignature,
  buildSchema1,
  cosignTag,
  referrersTag,
} from './artifacts.ts';
export {
  type BuiltBlob,
  type BuiltImage,
  type BuiltLayer,
  type BuiltManifest,
  buildLayer,
  buildManifest,
  descriptorOf,
  type ImageFormat,
  type LayerSpec,
  putImage,
} from './image-parts.ts';
export { buildImage, buildIndex, type ImageOptions, type IndexEntry } from './images.ts';
export { type Link, type LinkOptions, startLink } from './link.ts';
export { type AwsCloudOptions, startAwsCloud } from './aws-cloud.ts';
export type { AwsKeyPair } from './aws-signature.ts';
export { type AzureCloudOptions, startAzureCloud } from './azure-cloud.ts';
export type { CloudDouble, CloudReply } from './cloud-listener.ts';
export { type GoogleCloudOptions, startGoogleCloud } from './google-cloud.ts';
export type { ApiRight, ApiUser } from './api-access.ts';
export type { ApiFaultAction, ApiFaultRule } from './api-faults.ts';
export { ALL_API_FEATURES, type ApiFeatures } from './api-features.ts';
export type { JsonObject } from './api-json.ts';
export { type ApiServerOptions, EmbeddedApiServer, startApiServer } from './api-server.ts';
export type { Status, StatusCause, StatusDetails } from './api-status.ts';
export type { WatchEnd, WatchTrouble } from './api-watch-stream.ts';
export {
  answerGoogleCall,
  type GoogleCall,
  type GoogleCode,
  type GoogleHandler,
  type GoogleHandlers,
  type GoogleReply,
  googleRefusal,
} from './google-handler.ts';
export { GoogleApis, type GoogleApisOptions, type GoogleFault, startGoogleApis } from './google-apis.ts';
export {
  type AttestorKeyOptions,
  type AttestorOptions,
  type AttestorPermission,
  BinaryAuthorization,
} from './binary-authorization.ts';
export {
  CloudKms,
  type KmsDamage,
  type KmsKeyOptions,
  type KmsPermission,
  type KmsState,
} from './cloud-kms.ts';
export {
  type AnalysisPermission,
  ContainerAnalysisDouble,
  type ContainerAnalysisOptions,
  type StoredOccurrence,
} from './container-analysis.ts';
