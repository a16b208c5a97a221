import { type Digest, formatReference, parseReference, type Reference } from '../oci/index.ts';
import type { FoundImage } from './find.ts';
import type { MappingIndex } from './mapping.ts';
import type { RunContext, RunOptions } from './options.ts';
import { renderTarget, type Target } from './rename.ts';

/** What an image is, and where it shall be. */
export interface Draft {
  readonly image: FoundImage;
  /** Where the image is read from: the name as written, or what a lock file has for it. */
  readonly source: Reference;
  readonly digest: Digest;
  /** Undefined when the image keeps its name. */
  readonly target: Target | undefined;
}

/** Finds out what images are: by the static mapping if there is one, else by asking their registries, each name once. */
export class Drafter {
  readonly #mapping: MappingIndex | undefined;
  readonly #options: RunOptions;
  readonly #context: RunContext;
  readonly #lookUps = new Map<string, Promise<Digest>>();

  constructor(mapping: MappingIndex | undefined, options: RunOptions, context: RunContext) {
    this.#mapping = mapping;
    this.#options = options;
    this.#context = context;
  }

  /** Throws `RegistryError`, and an error in words for what the mapping or the template cannot give. */
  async draft(image: FoundImage): Promise<Draft> {
    return this.#mapping ? await this.#mapped(image, this.#mapping) : await this.#resolved(image);
  }

  async #mapped(image: FoundImage, mapping: MappingIndex): Promise<Draft> {
    const entry = mapping.find(image.reference);
    const source = image.reference;
    if (!entry) {
      if (!this.#options.allowMissing)
        throw new Error('the static mapping does not have it; -allow-missing lets it keep its name');
      this.#context.log.warn('the static mapping does not have an image, which keeps its name', {
        image: image.text,
      });
      return { image, source, digest: await this.#lookUp(source), target: undefined };
    }
    const { tag, digest } = entry;
    const target = { text: tag, reference: parseReference(tag) };
    for (const named of [source, target.reference]) {
      if (named.digest === undefined || named.digest === digest) continue;
      throw new Error(
        `the static mapping contradicts itself: it has ${named.text} with the digest ${digest}`,
      );
    }
    // A lock says what images are and not where they shall go.
    if (mapping.isLock && this.#options.rename) return this.#renamed(image, target.reference, digest);
    if (formatReference(target.reference) !== formatReference(source))
      return { image, source, digest, target };
    if (this.#options.verifyStaticMapping) {
      const now = await this.#lookUp(source);
      if (now !== digest) throw outOfDate(tag, digest, now);
    }
    return { image, source, digest, target: undefined };
  }

  async #resolved(image: FoundImage): Promise<Draft> {
    return this.#renamed(image, image.reference, await this.#lookUp(image.reference));
  }

  #renamed(image: FoundImage, source: Reference, digest: Digest): Draft {
    const { rename, renameIgnore } = this.#options;
    if (!rename || renameIgnore.test(image.text)) return { image, source, digest, target: undefined };
    const target = renderTarget(rename.template, rename.remotePath, source, digest);
    if (target.reference.digest !== undefined && target.reference.digest !== digest) {
      throw new Error(`the template gave ${target.text}, which is another digest than ${digest}`);
    }
    return { image, source, digest, target };
  }

  #lookUp(reference: Reference): Promise<Digest> {
    const { client, signal, log } = this.#context;
    const name = formatReference(reference);
    let looking = this.#lookUps.get(name);
    if (!looking) {
      looking = client.resolve(reference, signal).then(({ digest, answeredBy }) => {
        log.debug('resolved', { image: name, digest, registry: answeredBy });
        return digest;
      });
      this.#lookUps.set(name, looking);
    }
    return looking;
  }
}

/** A name that holds something else than the mapping says. */
export function outOfDate(name: string, recorded: Digest, now: Digest): Error {
  return new Error(`the mapping is out of date: ${name} was ${recorded} and is now ${now}`);
}
