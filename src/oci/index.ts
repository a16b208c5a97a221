export { type ImageConfig, ImageConfigError, parseImageConfig } from './config.ts';
export {
  type Digest,
  type DigestAlgorithm,
  Digester,
  digestAlgorithm,
  digestFault,
  digestHex,
  digestOf,
  isDigest,
} from './digest.ts';
export { goRegistry, goRepository } from './go-repository.ts';
export {
  type Descriptor,
  type ImageManifest,
  type IndexManifest,
  type Manifest,
  ManifestError,
  parseManifest,
} from './manifest.ts';
export {
  bareMediaType,
  isForeignLayerType,
  isImageType,
  isIndexType,
  isSchema1Type,
  MANIFEST_MEDIA_TYPES,
  MEDIA_TYPE,
} from './media-type.ts';
export { type Platform, PlatformError, parsePlatform } from './platform.ts';
export { choosePlatform, findPlatform } from './platform-choice.ts';
export {
  formatReference,
  formatRepository,
  NameError,
  parseReference,
  type Reference,
  type Repository,
  referenceTo,
  sameRepository,
} from './reference.ts';
