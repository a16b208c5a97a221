import type { Repository } from '../oci/index.ts';
import type { Credential } from '../registry/index.ts';
import { keyMatches } from './pull-key.ts';
import type { PullSecretEntry } from './pull-secret.ts';

/**
 * The credentials that the entries of a pod's secrets, in their order, have for a repository: all that match, those
 * of longer keys first, as the kubelet tries them.
 */
export function pullCredentials(
  entries: readonly PullSecretEntry[],
  repository: Repository,
): readonly Credential[] {
  const matching = entries.filter(({ key }) => keyMatches(key, repository));
  const chosen = matching.length > 0 ? matching.toSorted(byKey) : hubEntries(entries, repository);
  return chosen.map(({ credential }) => credential);
}

/** Reverse byte order; equal keys stay in the order of their secrets. */
function byKey(a: PullSecretEntry, b: PullSecretEntry): number {
  if (a.key.text === b.key.text) return 0;
  return a.key.text < b.key.text ? 1 : -1;
}

/**
 * What counts for Docker Hub where nothing else does: the entries that `docker login` writes. The kubelet also takes
 * `localhost/app` for an image of Docker Hub; we do not send a password to another host than the one it is for.
 */
function hubEntries(
  entries: readonly PullSecretEntry[],
  { registry }: Repository,
): readonly PullSecretEntry[] {
  return registry === 'docker.io' ? entries.filter(({ key }) => key.text === 'index.docker.io') : [];
}
