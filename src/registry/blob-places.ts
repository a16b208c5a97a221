import type { Digest, Repository } from '../oci/index.ts';
import type { BlobDescriptor } from './pull.ts';

/** What is known of blobs on a target host that other copiers bring there at the same time. */
export interface BlobPlaces {
  /**
   * The path of the repository of the target's host that this copier shall bring a blob to before all others, since
   * other copiers look for it there; undefined where none does.
   */
  home(target: Repository, blob: Digest): string | undefined;
  /**
   * The path of a repository of the target's host that has a blob, waited for while another copier is about to bring
   * it; undefined when it is to be sent. Throws nothing but the signal's reason.
   */
  find(target: Repository, blob: BlobDescriptor, signal: AbortSignal): Promise<string | undefined>;
}
