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
export {
  type Descriptor,
  type ImageManifest,
  type IndexManifest,
  type Manifest,
  ManifestError,
  type Platform,
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
