import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import { digestOf, MEDIA_TYPE, type Reference } from '../oci/index.ts';
import type { RegistryClient } from '../registry/index.ts';
import { MappingError } from './mapping.ts';

const ENTRY = 'reimage-mapping.json';
/** A mapping of ours, or the ImagesLock of a bundle of imgpkg. */
const ENTRIES: ReadonlySet<string> = new Set([ENTRY, '.imgpkg/images.yml']);
/** A hundred thousand images fit; a layer that unpacks to more is no mapping. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Reads the mapping's text from an image of one layer. Throws `RegistryError` and `MappingError`. */
export async function readMappingImage(
  client: RegistryClient,
  reference: Reference,
  signal: AbortSignal,
): Promise<string> {
  const { digest } = await client.resolve(reference, signal);
  const source = client.source(reference);
  const { manifest } = await source.manifest(digest);
  const layer = manifest.kind === 'image' ? manifest.layers[0] : undefined;
  if (manifest.kind !== 'image' || !layer || manifest.layers.length !== 1) {
    throw new MappingError(`${reference.text} is no mapping image: it has not exactly one layer`);
  }
  if (layer.size > MAX_BYTES)
    throw new MappingError(`${reference.text} is no mapping image: its layer is too large`);
  const content = await buffer(source.blob(layer, signal));
  const text = await unpack(unzip(content, reference), reference);
  if (text === undefined)
    throw new MappingError(
      `${reference.text} is no mapping image: there is no ${[...ENTRIES].join(' or ')} in it`,
    );
  return text;
}

/** Pushes a mapping's text as an image; equal text gives an equal digest. Throws `RegistryError`. */
export async function writeMappingImage(
  client: RegistryClient,
  reference: Reference,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  const tar = await packEntry(text);
  const layer = gzipSync(tar, { level: 9 });
  const config = Buffer.from(
    JSON.stringify({
      architecture: '',
      created: '0001-01-01T00:00:00Z',
      os: '',
      rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
      config: {},
    }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA_TYPE.dockerManifest,
      config: { mediaType: MEDIA_TYPE.dockerConfig, size: config.byteLength, digest: digestOf(config) },
      layers: [{ mediaType: MEDIA_TYPE.dockerLayerGzip, size: layer.byteLength, digest: digestOf(layer) }],
    }),
  );
  const described = { bytes: manifest, mediaType: MEDIA_TYPE.dockerManifest, digest: digestOf(manifest) };
  await client.push(reference, described, [config, layer], signal);
}

async function packEntry(text: string): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name: ENTRY, mode: 0, uid: 0, gid: 0, mtime: new Date(0) }, text);
  tar.finalize();
  return await buffer(tar);
}

async function unpack(tar: Buffer, reference: Reference): Promise<string | undefined> {
  const entries = extract();
  Readable.from([tar]).pipe(entries);
  try {
    for await (const entry of entries) {
      const content = await buffer(entry);
      if (ENTRIES.has(entry.header.name.replace(/^\.?\//, ''))) return content.toString('utf8');
    }
  } catch (cause) {
    throw new MappingError(`${reference.text} is no mapping image: its layer is no tar archive`, { cause });
  }
  return undefined;
}

function unzip(layer: Buffer, reference: Reference): Buffer {
  const zipped = layer[0] === 0x1f && layer[1] === 0x8b;
  try {
    return zipped ? gunzipSync(layer, { maxOutputLength: MAX_BYTES }) : layer;
  } catch (cause) {
    throw new MappingError(`${reference.text} is no mapping image: its layer does not unpack`, { cause });
  }
}
