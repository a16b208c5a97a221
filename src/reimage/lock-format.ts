import { Lines, YamlTree } from '../manifest/index.ts';
import { parseReference } from '../oci/index.ts';
import { readEvents, YamlFault } from '../yaml/index.ts';
import { IMGPKG_VERSION, readImagesLock } from './images-lock.ts';
import { isKbldKind, KBLD_VERSION, readKbldLock } from './kbld-lock.ts';
import { LockReader } from './lock-reader.ts';
import { type Mapping, type MappingEntry, MappingError, parseMapping } from './mapping.ts';
import { repeatedKey } from './repeated-key.ts';

/** Whose form a mapping file has. */
export type MappingFormat = 'reimage' | 'kbld' | 'images-lock';

/** A mapping, and whose form it came in. */
export interface MappingFile {
  readonly format: MappingFormat;
  readonly mapping: Mapping;
}

/**
 * Reads a mapping in any known form: the JSON of the Go program, a CNAB relocation map, a lock file of kbld, an
 * ImagesLock of imgpkg. `source` names the file in errors. Throws `MappingError`.
 */
export function parseMappingFile(text: string, source: string): MappingFile {
  const json = jsonObject(text);
  const twice = json && repeatedKey(text);
  // Whichever came last would win, unsaid.
  if (twice !== undefined) throw new MappingError(`${source}: "${twice}" is there twice`);
  const relocations = json && relocationMap(json, source);
  if (relocations) return { format: 'reimage', mapping: relocations };
  if (json ? typeof json['apiVersion'] !== 'string' : /^\s*[[{]/.test(text))
    return { format: 'reimage', mapping: parseMapping(text, source) };
  return readLock(text, source);
}

function readLock(text: string, source: string): MappingFile {
  try {
    const reader = new LockReader(new YamlTree(text, readEvents(text)), source);
    return { format: readDocuments(reader, source), mapping: reader.mapping };
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error;
    const { line, column } = new Lines(text, 1).at(error.offset);
    throw new MappingError(`${source}:${line}:${column}: ${error.message}`, { cause: error });
  }
}

function readDocuments(reader: LockReader, source: string): MappingFormat {
  const { tree } = reader;
  let format: MappingFormat | undefined;
  for (const root of tree.roots) {
    if (tree.type(root) === 'null') continue;
    if (tree.type(root) !== 'mapping') reader.fail(root, unknownForm());
    const version = reader.text(root, 'apiVersion', 'the document');
    const kind = reader.text(root, 'kind', 'the document');
    if (version === KBLD_VERSION && isKbldKind(kind)) {
      readKbldLock(reader, root);
      format ??= 'kbld';
    } else if (version === IMGPKG_VERSION && kind === 'ImagesLock') {
      readImagesLock(reader, root);
      format ??= 'images-lock';
    } else {
      reader.fail(
        root,
        version === undefined ? unknownForm() : `a document of ${version} ${kind ?? ''} is no mapping`,
      );
    }
  }
  return format ?? failEmpty(source);
}

function unknownForm(): string {
  return 'it is neither a JSON mapping nor a lock file of kbld or imgpkg';
}

function failEmpty(source: string): never {
  throw new MappingError(`${source} is empty: ${unknownForm()}`);
}

function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A map of images to pinned images, as CNAB tools write it; undefined for anything else. */
function relocationMap(json: Readonly<Record<string, unknown>>, source: string): Mapping | undefined {
  const mapping = new Map<string, MappingEntry>();
  for (const [image, target] of Object.entries(json)) {
    if (typeof target !== 'string' || image === 'apiVersion') return undefined;
    const where = `${source}: image "${image}"`;
    try {
      parseReference(image);
      const { digest } = parseReference(target);
      if (digest === undefined)
        throw new MappingError(
          `it has ${target}, which has no digest: a relocation map says which image it is`,
        );
      mapping.set(image, { tag: target, digest });
    } catch (cause) {
      throw new MappingError(where, { cause });
    }
  }
  return mapping.size === 0 ? undefined : mapping;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
