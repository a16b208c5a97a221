import { formatPlace, ManifestError, type Place } from './errors.ts';
import { findImages, type ObjectName } from './finder.ts';
import { Lines } from './lines.ts';
import { formatJsonPath, formatPath } from './location.ts';
import { filePieces, type ManifestFile, type Piece } from './pieces.ts';
import { isWritable, type Slot, type WritingStyle, writeScalar } from './rewrite.ts';
import type { ImageRules } from './rules.ts';
import { planSites } from './sites.ts';
import { readRenderedEvents } from './templates.ts';
import { type Node, YamlTree } from './tree.ts';
import { documentsBefore, YamlFault } from '../yaml/index.ts';

/** One place of an image in a file; a scalar shared by aliases is one place, that of its anchor. */
export interface ImageSite extends Place {
  /** The text as it is meant, escapes and folding undone. */
  readonly image: string;
  /** The way to it from its object, as in `spec.template.spec.containers[0].image`. */
  readonly path: string;
  /** The Kubernetes object it is in; undefined in plain YAML that names none. */
  readonly object: ObjectName | undefined;
}

/** Something else than a string in the place of an image. */
export interface ManifestProblem extends Place {
  readonly path: string;
  readonly object: ObjectName | undefined;
  /** A sentence that begins with the place. */
  readonly message: string;
}

/** What looks like an image in an object in which no rule, built in or given, found anything. */
export interface UnmatchedImage extends Place {
  /** The image, put together if it is in parts. */
  readonly image: string;
  readonly path: string;
  /** The path for a rule, with every item of its lists. */
  readonly jsonPath: string;
  /** Repository and tag, or registry, stand beside each other, so that no rule can name the image. */
  readonly inParts: boolean;
  readonly object: ObjectName;
}

/** A manifest file and the images in it. */
export interface ParsedManifest {
  readonly name: string;
  /** In the order of the file. */
  readonly sites: readonly ImageSite[];
  /** In the order of the file; each one means that an image may have been missed. */
  readonly problems: readonly ManifestProblem[];
  /** In the order of the file. */
  readonly unmatched: readonly UnmatchedImage[];
  /**
   * Gives the file with new images: `replacement` is asked once for each site in order, and undefined leaves a site
   * alone. Every other byte is as it was. Throws ManifestError for a text that is no single line.
   */
  edit(replacement: (site: ImageSite) => string | undefined): Uint8Array;
}

/** How to look for images: in Kubernetes objects by built-in and typed rules, or in any YAML by raw rules alone. */
export interface ManifestOptions {
  readonly rules: ImageRules;
  readonly input: 'k8s' | 'yaml';
}

/** A range of the file's bytes to write over. */
interface ByteSlot {
  readonly start: number;
  readonly end: number;
  readonly style: WritingStyle;
}

interface EditableSite {
  readonly site: ImageSite;
  readonly slot: ByteSlot;
  readonly kept: readonly ByteSlot[];
}

/** Reads a file of YAML documents or JSON values and finds its images; throws ManifestError. */
export function parseManifest(file: ManifestFile, options: ManifestOptions): ParsedManifest {
  const reader = new FileReader(file.name, options);
  for (const piece of filePieces(file)) reader.read(piece);
  const { editable, problems, unmatched } = reader;
  return {
    name: file.name,
    sites: editable.map(({ site }) => site),
    problems,
    unmatched,
    edit: (replacement) => editBytes(file.bytes, editable, replacement),
  };
}

class FileReader {
  readonly editable: EditableSite[] = [];
  readonly problems: ManifestProblem[] = [];
  readonly unmatched: UnmatchedImage[] = [];
  readonly #file: string;
  readonly #options: ManifestOptions;
  /** One string for each text, however often it is there. */
  readonly #strings = new Map<string, string>();
  /** The number of the document being read. */
  #document = 0;
  #line = 1;

  constructor(file: string, options: ManifestOptions) {
    this.#file = file;
    this.#options = options;
  }

  read(piece: Piece): void {
    const lines = new Lines(piece.text, this.#line);
    const tree = this.#parse(piece.text, lines);
    const bytes = new ByteOffsets(piece);
    for (const root of tree.roots) {
      this.#document += 1;
      this.#readDocument(tree, root, lines, bytes);
    }
    this.#line = lines.at(piece.text.length).line;
  }

  #parse(text: string, lines: Lines): YamlTree {
    try {
      return new YamlTree(text, readRenderedEvents(text));
    } catch (error) {
      if (!(error instanceof YamlFault)) throw error;
      this.#document += documentsBefore(text, error.offset) + 1;
      throw this.#located(error, lines);
    }
  }

  #readDocument(tree: YamlTree, root: Node, lines: Lines, bytes: ByteOffsets): void {
    try {
      const { images, strangers, unmatched } = findImages(tree, root, this.#options);
      for (const plan of planSites(tree, root, images)) {
        const { path, object } = plan.finding;
        const site = {
          ...this.#place(lines, tree.offset(plan.node)),
          image: this.#intern(plan.image),
          path: this.#intern(path),
          object,
        };
        const kept = plan.kept.map((slot) => bytes.slot(slot));
        this.editable.push({ site, slot: bytes.slot(plan.slot), kept });
      }
      for (const { node, path, object, type } of strangers) {
        const place = this.#place(lines, tree.offset(node));
        const message = `${formatPlace(place)}: ${path} is a ${type}, not a string`;
        this.problems.push({ ...place, path, object, message });
      }
      for (const { node, location, image, inParts, object } of unmatched) {
        this.unmatched.push({
          ...this.#place(lines, tree.offset(node)),
          image: this.#intern(image),
          path: this.#intern(formatPath(location)),
          jsonPath: this.#intern(formatJsonPath(location)),
          inParts,
          object,
        });
      }
    } catch (error) {
      throw this.#located(error, lines);
    }
  }

  #located(error: unknown, lines: Lines): unknown {
    if (!(error instanceof YamlFault)) return error;
    return new ManifestError(this.#place(lines, error.offset), error.message, { cause: error });
  }

  #place(lines: Lines, offset: number): Place {
    return { file: this.#file, document: this.#document, ...lines.at(offset) };
  }

  #intern(text: string): string {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    this.#strings.set(text, text);
    return text;
  }
}

/** Turns offsets of a piece's text into offsets of its file's bytes, quickest when asked in order. */
class ByteOffsets {
  readonly #piece: Piece;
  #text = 0;
  #bytes = 0;

  constructor(piece: Piece) {
    this.#piece = piece;
  }

  slot({ start, end, style }: Slot): ByteSlot {
    return { start: this.#at(start), end: this.#at(end), style };
  }

  #at(offset: number): number {
    const { ascii, start, text } = this.#piece;
    if (ascii) return start + offset;
    if (offset < this.#text) this.#text = this.#bytes = 0;
    this.#bytes += Buffer.byteLength(text.slice(this.#text, offset));
    this.#text = offset;
    return start + this.#bytes;
  }
}

function editBytes(
  bytes: Uint8Array,
  editable: readonly EditableSite[],
  replacement: (site: ImageSite) => string | undefined,
): Uint8Array {
  const writes: (ByteSlot & { readonly text: string })[] = [];
  for (const { site, slot, kept } of editable) {
    const text = replacement(site);
    // The same text may be written in many ways; the one that is there stays.
    if (text === undefined || text === site.image) continue;
    if (!isWritable(text)) throw new ManifestError(site, `${JSON.stringify(text)} cannot replace an image`);
    writes.push({ ...slot, text });
    for (const other of kept) writes.push({ ...other, text: site.image });
  }
  if (writes.length === 0) return bytes;
  writes.sort((left, right) => left.start - right.start);
  const parts: Uint8Array[] = [];
  let position = 0;
  for (const { start, end, style, text } of writes) {
    parts.push(bytes.subarray(position, start), Buffer.from(writeScalar(text, style)));
    position = end;
  }
  parts.push(bytes.subarray(position));
  return Buffer.concat(parts);
}
