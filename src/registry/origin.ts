import type { Repository } from '../oci/index.ts';
import type { RegistryHost } from './host.ts';
import type { Offers } from './offers.ts';

/** A place that has, or should have, a repository's content: the registry itself or a mirror of it. */
export interface Origin {
  readonly host: RegistryHost;
  readonly repository: Repository;
  readonly mirror: boolean;
  /** What the host may be asked with. */
  readonly offers: Offers;
}
