import type { FieldPath } from './workloads.ts';

/** The lists of a pod spec in which images stand. */
export type ImageList = 'initContainers' | 'containers' | 'ephemeralContainers' | 'volumes';

/** What lies between an item of a list and the object that holds the image's name. */
const HOLDER: Readonly<Record<ImageList, string>> = {
  initContainers: '',
  containers: '',
  ephemeralContainers: '',
  volumes: '.image',
};

/**
 * Writes where an image stands as the Go program does: `{.spec.template.spec.containers[0]}`, and for image volumes
 * `{.spec.volumes[1].image}`. Each text is made once; how many there are is bounded by the longest list that one object
 * can hold.
 */
export class JsonPaths {
  readonly #root: string;
  readonly #known: Readonly<Record<ImageList, string[]>> = {
    initContainers: [],
    containers: [],
    ephemeralContainers: [],
    volumes: [],
  };

  /** `podSpec` is the way from an object to its pod spec. */
  constructor(podSpec: FieldPath) {
    this.#root = podSpec.map((name) => `.${name}`).join('');
  }

  at(list: ImageList, index: number): string {
    const known = this.#known[list];
    known[index] ??= `{${this.#root}.${list}[${index}]${HOLDER[list]}}`;
    return known[index];
  }
}
