import type { Digest } from '../oci/index.ts';
import type { RegistryHost } from './host.ts';
import type { Origin } from './origin.ts';
import { fetchManifest } from './pull.ts';
import { SingleFlight } from './single-flight.ts';

/** An image that a target was seen to have. */
export interface PresentImage {
  readonly target: Origin;
  readonly digest: Digest;
}

/** Images whose manifests are read for one host at most: beyond, reading costs more than it saves. */
const MOST = 64;

/**
 * Which repositories of a target host have which layers, by the images of the run that were there before it.
 * Their manifests are read, from the target, only when a layer is missing that one of them may have.
 */
export class Neighbours {
  readonly #present: readonly PresentImage[];
  readonly #layers = new SingleFlight<ReadonlyMap<Digest, string>>();

  constructor(present: readonly PresentImage[]) {
    this.#present = present;
  }

  /** The path of a repository of the host that has a layer; undefined where none is known. Never throws but for the signal. */
  async find(host: RegistryHost, layer: Digest, signal: AbortSignal): Promise<string | undefined> {
    const layers = await this.#layers.do(host.registry, signal, () => this.#read(host, signal));
    return layers.get(layer);
  }

  async #read(host: RegistryHost, signal: AbortSignal): Promise<ReadonlyMap<Digest, string>> {
    const layers = new Map<Digest, string>();
    const near = this.#present.filter(({ target }) => target.host === host).slice(0, MOST);
    await Promise.all(near.map(({ target, digest }) => this.#collect(target, digest, layers, signal)));
    return layers;
  }

  async #collect(
    target: Origin,
    digest: Digest,
    layers: Map<Digest, string>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const fetched = await fetchManifest(target, { tag: undefined, digest }, signal);
      if (fetched?.manifest.kind === 'index') {
        const children = fetched.manifest.manifests;
        await Promise.all(children.map((child) => this.#collect(target, child.digest, layers, signal)));
      } else if (fetched?.manifest.kind === 'image') {
        for (const { digest: layer } of fetched.manifest.layers) layers.set(layer, target.repository.path);
      }
    } catch {
      // It would have saved an upload; without it the layer is sent.
      signal.throwIfAborted();
    }
  }
}
