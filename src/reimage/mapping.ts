import { Float32, goJson, type GoJsonValue } from '../go/index.ts';
import {
  type Digest,
  digestFault,
  formatReference,
  isDigest,
  parseReference,
  type Reference,
} from '../oci/index.ts';
import type { JudgedFinding, Verdict } from '../vulnerability/index.ts';

/** What one image became; `tag` is the target as the template gave it, or the image's own text. */
export interface MappingEntry {
  readonly tag: string;
  readonly digest: Digest;
  /** What the gate said, where it looked; it is written, and never read back. */
  readonly verdict?: Verdict | undefined;
}

/** Images as written, and what they became; the JSON is that of the Go program. */
export type Mapping = ReadonlyMap<string, MappingEntry>;

/** A mapping that cannot be read; the message names its source and the entry. */
export class MappingError extends Error {
  override name = 'MappingError';
}

/** Reads a mapping's JSON, unknown keys and the case of key names aside. Throws `MappingError`. */
export function parseMapping(text: string, source: string): Mapping {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new MappingError(`${source} is not JSON`, { cause });
  }
  if (!isObject(value)) throw new MappingError(`${source} is not a JSON object of images`);
  const mapping = new Map<string, MappingEntry>();
  for (const [key, entry] of Object.entries(value)) {
    const where = `${source}: image "${key}"`;
    checkReference(key, where);
    if (!isObject(entry)) throw new MappingError(`${where} has no object with tag and digest`);
    const tag = field(entry, 'tag', where);
    checkReference(tag, where);
    const digest = field(entry, 'digest', where);
    if (!isDigest(digest)) throw new MappingError(`${where}: ${digestFault(digest)}`);
    mapping.set(key, { tag, digest });
  }
  return mapping;
}

/** Prints a mapping: one line, sorted, no final newline. */
export function formatMapping(mapping: Mapping): string {
  return goJson(
    new Map(
      [...mapping].map(([key, { tag, digest, verdict }]) => [
        key,
        { tag, digest, ...(verdict ? { vulncheckResult: verdictJson(verdict) } : {}) },
      ]),
    ),
  );
}

/** A verdict with the names, the order and the numbers of the Go program; an empty list is nil there. */
function verdictJson({ ignored, accepted, rejected }: Verdict): GoJsonValue {
  return {
    Ignored: findingsJson(ignored, () => ({})),
    Accepted: findingsJson(accepted, () => ({})),
    Rejected: findingsJson(rejected, ({ reason }) => ({ Reason: reason })),
  };
}

function findingsJson(
  findings: readonly JudgedFinding[],
  more: (finding: JudgedFinding) => Readonly<Record<string, GoJsonValue>>,
): GoJsonValue {
  if (findings.length === 0) return null;
  return findings.map((finding) => ({
    ID: finding.id,
    CVSS: new Float32(finding.cvss),
    Risk: new Float32(finding.risk),
    Desc: finding.description,
    ...more(finding),
  }));
}

/** Finds an image: by its exact text, else by any spelling of the same name. */
export class MappingIndex {
  /** True for a neighbour's lock file, which says what images are and not what they shall be called. */
  readonly isLock: boolean;
  readonly #mapping: Mapping;
  readonly #byName = new Map<string, readonly [text: string, entry: MappingEntry]>();
  /** Two texts for names that have different entries under different spellings. */
  readonly #ambiguous = new Map<string, readonly [string, string]>();

  constructor(mapping: Mapping, { isLock = false }: { readonly isLock?: boolean } = {}) {
    this.isLock = isLock;
    this.#mapping = mapping;
    for (const [text, entry] of mapping) {
      const name = formatReference(parseReference(text));
      const [before, other] = this.#byName.get(name) ?? [];
      if (before === undefined || !other) this.#byName.set(name, [text, entry]);
      else if (other.tag !== entry.tag || other.digest !== entry.digest)
        this.#ambiguous.set(name, [before, text]);
    }
  }

  /** Every image as written. */
  texts(): Iterable<string> {
    return this.#mapping.keys();
  }

  /** Throws `MappingError` where spellings other than that of the image say different things. */
  find(image: Reference): MappingEntry | undefined {
    const exact = this.#mapping.get(image.text);
    if (exact) return exact;
    const name = formatReference(image);
    const spellings = this.#ambiguous.get(name);
    if (!spellings) return this.#byName.get(name)?.[1];
    const [one, other] = spellings;
    throw new MappingError(
      `the static mapping has "${one}" and "${other}" for it, which differ: it takes an entry for this spelling`,
    );
  }
}

function checkReference(text: string, where: string): void {
  try {
    parseReference(text);
  } catch (cause) {
    throw new MappingError(where, { cause });
  }
}

function field(entry: Readonly<Record<string, unknown>>, name: string, where: string): string {
  const key = Object.keys(entry).findLast((candidate) => candidate.toLowerCase() === name);
  const value = key === undefined ? undefined : entry[key];
  if (typeof value !== 'string') throw new MappingError(`${where} has no ${name}`);
  return value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
