import { type Digest, digestFault, isDigest } from './digest.ts';
import { hasMoreParts } from './json-parts.ts';
import { bareMediaType, isImageType, isIndexType, isSchema1Type, MEDIA_TYPE } from './media-type.ts';
import { type Platform, readPlatform } from './platform.ts';

/** A typed pointer to content, as in the OCI image specification; `size` in bytes. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly urls?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: Platform;
  readonly artifactType?: string;
  /** The content itself in base64, when its author put it inline. */
  readonly data?: string;
}

export interface IndexManifest {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
  readonly subject: Descriptor | undefined;
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

export interface ImageManifest {
  readonly kind: 'image';
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject: Descriptor | undefined;
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

/** Docker's first format, without config and with a digest that is not the hash of its bytes. */
export interface Schema1Manifest {
  readonly kind: 'schema1';
  readonly mediaType: string;
}

export type Manifest = IndexManifest | ImageManifest | Schema1Manifest;

/** Bytes that are no manifest, or not the one they are called; the message says where. */
export class ManifestError extends Error {
  override name = 'ManifestError';
  /** True for one that may be right, but of a type that is no image's. */
  readonly unknownType: boolean;

  constructor(
    message: string,
    { unknownType = false, ...options }: ErrorOptions & { unknownType?: boolean } = {},
  ) {
    super(message, options);
    this.unknownType = unknownType;
  }
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a manifest; throws `ManifestError`.
 * `contentType` is the answer's header; a `mediaType` in the body must agree with it where both are known types.
 */
export function parseManifest(bytes: Uint8Array, contentType: string | undefined): Manifest {
  const body = parseObject(bytes);
  const mediaType = manifestType(body, bareMediaType(contentType));
  if (isSchema1Type(mediaType)) return { kind: 'schema1', mediaType };
  const common = {
    mediaType,
    subject: isAbsent(body.subject) ? undefined : descriptor(body.subject, 'subject'),
    artifactType: optionalString(body.artifactType, 'artifactType'),
    annotations: stringMap(body.annotations, 'annotations'),
  };
  // One that may be read as either is a trick (CVE-2021-41190): clients would not agree on what they run.
  const stray = isIndexType(mediaType) ? ['config', 'layers'] : ['manifests'];
  const found = stray.find((name) => !isAbsent(body[name]));
  if (found !== undefined)
    throw new ManifestError(`a manifest of type ${mediaType} has no ${found}, but this one does`);
  if (isIndexType(mediaType)) {
    return { kind: 'index', ...common, manifests: descriptors(body.manifests, 'manifests') };
  }
  return {
    kind: 'image',
    ...common,
    config: descriptor(body.config, 'config'),
    layers: descriptors(body.layers, 'layers'),
  };
}

function manifestType(body: Json, header: string): string {
  const inner = optionalString(body.mediaType, 'mediaType');
  if (inner !== undefined && isKnown(header) && inner !== header) {
    throw new ManifestError(`the manifest calls itself ${inner}, the registry calls it ${header}`);
  }
  const type = isKnown(header) ? header : (inner ?? guessType(body));
  if (isKnown(type)) return type;
  throw new ManifestError(`manifest type "${type || header}" is not one of images or indexes`, {
    unknownType: true,
  });
}

function isKnown(type: string): boolean {
  return isIndexType(type) || isImageType(type) || isSchema1Type(type);
}

/** OCI lets `mediaType` be absent, and some registries answer with `application/json`. */
function guessType(body: Json): string {
  if (body.schemaVersion === 1) return MEDIA_TYPE.schema1Signed;
  if (Array.isArray(body.manifests)) return MEDIA_TYPE.ociIndex;
  return body.config === undefined ? '' : MEDIA_TYPE.ociManifest;
}

/** Some ten thousand descriptors. */
const MOST_PARTS = 100_000;

function parseObject(bytes: Uint8Array): Json {
  if (hasMoreParts(bytes, MOST_PARTS))
    throw new ManifestError(`the manifest has more than ${MOST_PARTS} parts`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new ManifestError('the manifest is not JSON', { cause });
  }
  if (!isObject(value)) throw new ManifestError('the manifest is not a JSON object');
  return value;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function optionalString(value: unknown, where: string): string | undefined {
  if (isAbsent(value)) return undefined;
  if (typeof value !== 'string') throw new ManifestError(`${where} is not a string`);
  return value;
}

function descriptors(value: unknown, where: string): Descriptor[] {
  if (isAbsent(value)) return [];
  if (!Array.isArray(value)) throw new ManifestError(`${where} is not a list`);
  return value.map((item: unknown, index) => descriptor(item, `${where}[${index}]`));
}

function descriptor(value: unknown, where: string): Descriptor {
  if (!isObject(value)) throw new ManifestError(`${where} is not an object`);
  const { digest, size } = value;
  if (typeof digest !== 'string') throw new ManifestError(`${where}: digest is missing`);
  if (!isDigest(digest)) throw new ManifestError(`${where}: ${digestFault(digest)}`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw new ManifestError(`${where}: size is not a count of bytes`);
  }
  const annotations = stringMap(value.annotations, `${where}.annotations`);
  const artifactType = optionalString(value.artifactType, `${where}.artifactType`);
  const data = optionalString(value.data, `${where}.data`);
  const platform = readPlatform(value.platform);
  return {
    mediaType: optionalString(value.mediaType, `${where}.mediaType`) ?? '',
    digest,
    size,
    ...(Array.isArray(value.urls) && value.urls.length > 0 ? { urls: value.urls.map(String) } : {}),
    ...(annotations ? { annotations } : {}),
    ...(platform ? { platform } : {}),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(data === undefined ? {} : { data }),
  };
}

function stringMap(value: unknown, where: string): Readonly<Record<string, string>> | undefined {
  if (isAbsent(value)) return undefined;
  if (!isObject(value)) throw new ManifestError(`${where} is not an object`);
  const map: Record<string, string> = {};
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw new ManifestError(`${where}["${key}"] is not a string`);
    map[key] = text;
  }
  return map;
}
