import type { Digest } from '../oci/index.ts';

/** What is known of the content of a digest; it never changes. */
export interface ImageFacts {
  readonly digest: Digest;
  /** Bytes of the chosen platform's config and layers, as they lie in the registry. */
  readonly size: number;
  /** When the chosen platform's image was made, in seconds since the epoch; undefined where its config does not say. */
  readonly created: number | undefined;
  /** Labels of the chosen platform's config. */
  readonly labels: ReadonlyMap<string, string>;
  /** Annotations of the chosen platform's manifest, then those that only the index has. */
  readonly annotations: ReadonlyMap<string, string>;
  /** How many labels and annotations there are beyond those, where there are more than can be kept. */
  readonly leftOut?: { readonly labels: number; readonly annotations: number };
}
