import {
  type Digest,
  digestOf,
  formatReference,
  MEDIA_TYPE,
  parseManifest,
  type Reference,
  referenceTo,
} from '../oci/index.ts';
import { RegistryError } from '../registry/index.ts';
import type { ImageReader, ReadManifest, Registry, Wanted } from './registry-reader.ts';

interface Part {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** An image with all its parts. */
export interface FakeImage {
  readonly root: Part;
  readonly manifests: readonly Part[];
  readonly blobs: readonly Pick<Part, 'digest' | 'bytes'>[];
}

/** What a host does to a request; undefined lets it be answered. */
export type Trouble = (request: string) => Promise<void> | undefined;

/** Registries of all hosts in memory, with a record of what they are asked. */
export class FakeRegistry implements Registry {
  /** `HEAD host/path:tag`, `GET host/path@digest`, `BLOB host/path`, in order. */
  readonly requests: string[] = [];
  /** By host. */
  readonly troubles = new Map<string, Trouble>();
  readonly #tags = new Map<string, FakeImage>();
  readonly #manifests = new Map<Digest, Part>();
  readonly #blobs = new Map<Digest, Uint8Array>();
  #inFlight = 0;
  mostInFlight = 0;

  /** Puts an image under a whole name: `host/path:tag`. */
  put(name: string, image: FakeImage): void {
    this.#tags.set(name, image);
    for (const manifest of image.manifests) this.#manifests.set(manifest.digest, manifest);
    for (const { digest, bytes } of image.blobs) this.#blobs.set(digest, bytes);
  }

  /** An image of two platforms that is like no other. */
  putNew(name: string, label: string = name): Digest {
    const image = imageOf(label);
    this.put(name, image);
    return image.root.digest;
  }

  delete(name: string): void {
    this.#tags.delete(name);
  }

  /** What was asked since the last call. */
  asked(): string[] {
    return this.requests.splice(0);
  }

  reader({ repository }: Reference): ImageReader {
    const nameOf = ({ tag, digest }: Wanted): string =>
      formatReference({ repository, digest, tag: digest === undefined ? tag : undefined });
    const find = (wanted: Wanted): Part | undefined =>
      wanted.digest === undefined ? this.#tags.get(nameOf(wanted))?.root : this.#manifests.get(wanted.digest);
    return {
      resolve: async (wanted, signal) => {
        await this.#ask(repository.registry, `HEAD ${nameOf(wanted)}`, signal);
        return find(wanted);
      },
      manifest: async (wanted, signal) => {
        await this.#ask(repository.registry, `GET ${nameOf(wanted)}`, signal);
        const found = find(wanted);
        return found && read(found);
      },
      blob: async ({ digest }, _limit, signal) => {
        await this.#ask(repository.registry, `BLOB ${formatReference(referenceTo(repository, {}))}`, signal);
        const bytes = this.#blobs.get(digest);
        if (!bytes) throw failing(404);
        return bytes;
      },
    };
  }

  async #ask(host: string, request: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.requests.push(request);
    this.#inFlight++;
    this.mostInFlight = Math.max(this.mostInFlight, this.#inFlight);
    try {
      const trouble = this.troubles.get(host)?.(request);
      await Promise.race([trouble, trouble && aborted(signal)]);
    } finally {
      this.#inFlight--;
    }
  }
}

/** An index of two platforms of one image, the same for the same label. */
export function imageOf(label: string): FakeImage {
  const config = part(MEDIA_TYPE.ociConfig, {
    os: 'linux',
    architecture: 'amd64',
    config: { Labels: { label } },
  });
  const child = part(MEDIA_TYPE.ociManifest, { config: pointTo(config), layers: [] });
  const manifests = ['arm64', 'amd64'].map((architecture) => ({
    ...pointTo(child),
    platform: { os: 'linux', architecture },
  }));
  const root = part(MEDIA_TYPE.ociIndex, { manifests });
  return { root, manifests: [child, root], blobs: [config] };
}

function part(mediaType: string, value: object): Part {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...value }));
  return { digest: digestOf(bytes), mediaType, bytes };
}

function pointTo({ digest, mediaType, bytes }: Part): Omit<Part, 'bytes'> & { readonly size: number } {
  return { digest, mediaType, size: bytes.length };
}

/** What the registry client throws for a status, or without one for a host that is not there. */
export function failing(status: number | undefined, retryAfter?: number): RegistryError {
  return new RegistryError({
    repository: { registry: 'test', path: 'test' },
    operation: 'look it up',
    ...(status === undefined ? { kind: 'unavailable', reason: 'connection refused' } : { status }),
    retryAfter,
  });
}

/** Fails every request. */
export function failWith(error: () => Error): Trouble {
  return () => Promise.reject(error());
}

/** Never answers. */
export function stall(): Promise<void> {
  return Promise.withResolvers<void>().promise;
}

function read({ digest, mediaType, bytes }: Part): ReadManifest {
  return { digest, mediaType, manifest: parseManifest(bytes, mediaType) };
}

async function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  return await promise;
}
