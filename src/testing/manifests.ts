import {
  bareMediaType,
  type Descriptor,
  digestOf,
  isDigest,
  isForeignLayerType,
  isImageType,
  isIndexType,
  type Manifest,
  MEDIA_TYPE,
  parseManifest,
} from '../oci/index.ts';
import { type Answer, bytesAnswer, emptyAnswer } from './answer.ts';
import { type Exchange, methodRefused, readBody, type Registry } from './exchange.ts';
import { checkTag, readDigest } from './grammar.ts';
import { Refusal } from './refusal.ts';
import { isDigestOf, type RegistryStore, type StoredManifest } from './store.ts';

const MAX_MANIFEST_BYTES = 4 << 20;

/** `/v2/<name>/manifests/<reference>`: GET, HEAD, PUT, DELETE. */
export async function manifestAnswer(registry: Registry, exchange: Exchange): Promise<Answer> {
  checkReference(exchange.route.reference);
  switch (exchange.method) {
    case 'GET':
      return readAnswer(registry, exchange);
    case 'HEAD':
      if (!registry.features.headManifest) throw methodRefused();
      return readAnswer(registry, exchange);
    case 'PUT':
      return writeAnswer(registry, exchange);
    case 'DELETE':
      return deleteAnswer(registry, exchange);
    default:
      throw methodRefused();
  }
}

function checkReference(reference: string): void {
  if (reference.includes(':')) readDigest(reference);
  else checkTag(reference);
}

function readAnswer({ store, features }: Registry, { route, headers }: Exchange): Answer {
  const found = store.manifest(route.repository, route.reference);
  const manifest =
    found && acceptable(store, route.repository, found, headers.accept, isDigest(route.reference));
  if (!manifest) throw unknownManifest(route.reference);
  const { digest, mediaType, bytes } = manifest;
  const etag = `"${digest}"`;
  const extra = { ETag: etag, ...(features.digestHeader ? { 'Docker-Content-Digest': digest } : {}) };
  if (headers['if-none-match'] === etag) return emptyAnswer(304, extra);
  return bytesAnswer(200, mediaType, bytes, extra);
}

/**
 * What a client gets that does not accept the type stored: one platform of a Docker list asked for by tag,
 * else nothing — as distribution does. A client that names no types accepts all.
 */
function acceptable(
  store: RegistryStore,
  repository: string,
  manifest: StoredManifest,
  accept: string | undefined,
  byDigest: boolean,
): StoredManifest | undefined {
  const types = accept?.split(',').map(bareMediaType) ?? [];
  const accepts = (type: string): boolean =>
    types.length === 0 || types.includes(type) || types.includes('*/*') || types.includes('application/*');
  if (accepts(manifest.mediaType)) return manifest;
  if (byDigest || manifest.mediaType !== MEDIA_TYPE.dockerList || manifest.parsed?.kind !== 'index')
    return undefined;
  const chosen = manifest.parsed.manifests.find(
    ({ platform }) => platform?.os === 'linux' && platform.architecture === 'amd64',
  );
  const child = chosen && store.manifest(repository, chosen.digest);
  return child && accepts(child.mediaType) ? child : undefined;
}

async function writeAnswer({ store, features }: Registry, exchange: Exchange): Promise<Answer> {
  const { repository, reference } = exchange.route;
  const bytes = await readBody(exchange, MAX_MANIFEST_BYTES);
  const manifest = readManifest(bytes, exchange.headers['content-type']);
  const digest = isDigest(reference) ? reference : digestOf(bytes);
  if (!isDigestOf(digest, bytes)) {
    throw new Refusal('DIGEST_INVALID', 'provided digest did not match uploaded content');
  }
  checkChildren(store, repository, manifest);
  const more = features.tagParameters && isDigest(reference) ? exchange.url.searchParams.getAll('tag') : [];
  more.forEach(checkTag);
  store.putManifest(
    repository,
    { bytes, mediaType: manifest.mediaType, digest },
    isDigest(reference) ? more : [reference],
  );
  const { subject } = manifest;
  return emptyAnswer(201, {
    Location: `${features.location === 'absolute' ? exchange.origin : ''}/v2/${repository}/manifests/${digest}`,
    ...(features.digestHeader ? { 'Docker-Content-Digest': digest } : {}),
    ...(subject && features.referrers ? { 'OCI-Subject': subject.digest } : {}),
    ...(more.length > 0 ? { 'OCI-Tag': more.join(', ') } : {}),
  });
}

type PushedManifest = Exclude<Manifest, { kind: 'schema1' }>;

function readManifest(bytes: Uint8Array, contentType: string | undefined): PushedManifest {
  const type = bareMediaType(contentType);
  if (!isIndexType(type) && !isImageType(type)) {
    throw new Refusal('MANIFEST_INVALID', `manifest type "${type}" is not taken`);
  }
  let manifest: Manifest;
  try {
    manifest = parseManifest(bytes, contentType);
  } catch (cause) {
    throw new Refusal('MANIFEST_INVALID', 'manifest invalid', { detail: String(cause) });
  }
  if (manifest.kind === 'schema1' || !/"schemaVersion"\s*:\s*2\b/.test(Buffer.from(bytes).toString())) {
    throw new Refusal('MANIFEST_INVALID', 'schemaVersion is not 2');
  }
  return manifest;
}

/** Every child must be there before its parent and as large as that says; only a `subject` may be missing. */
function checkChildren(store: RegistryStore, repository: string, manifest: PushedManifest): void {
  const children =
    manifest.kind === 'index'
      ? manifest.manifests
      : [manifest.config, ...manifest.layers.filter(({ mediaType }) => !isForeignLayerType(mediaType))];
  const sizes = children.map((child) => ({ child, size: sizeOf(store, repository, child) }));
  const missing = sizes.filter(({ size }) => size === undefined).map(({ child }) => child.digest);
  if (missing.length > 0) {
    const detail = missing.map((digest) => ({ digest }));
    throw new Refusal('MANIFEST_BLOB_UNKNOWN', 'manifest references a blob or manifest unknown to registry', {
      detail,
    });
  }
  const wrong = sizes.find(({ child, size }) => child.size !== size);
  if (wrong) {
    throw new Refusal(
      'SIZE_INVALID',
      `${wrong.child.digest} has ${wrong.size} bytes, not ${wrong.child.size}`,
    );
  }
}

function sizeOf(store: RegistryStore, repository: string, { digest }: Descriptor): number | undefined {
  return store.manifest(repository, digest)?.bytes.length ?? store.blob(repository, digest)?.size;
}

function deleteAnswer({ store }: Registry, { route: { repository, reference } }: Exchange): Answer {
  const deleted = isDigest(reference)
    ? store.deleteManifest(repository, reference)
    : store.deleteTag(repository, reference);
  if (!deleted) throw unknownManifest(reference);
  return emptyAnswer(202);
}

function unknownManifest(reference: string): Refusal {
  return new Refusal('MANIFEST_UNKNOWN', 'manifest unknown', { detail: { reference } });
}
