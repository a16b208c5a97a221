import type { Repository } from './reference.ts';

/** A registry as the Go program prints it: Docker Hub is `index.docker.io`. */
export function goRegistry(registry: string): string {
  return registry === 'docker.io' ? 'index.docker.io' : registry;
}

/** A repository as the Go program prints it: `index.docker.io/library/nginx`. */
export function goRepository({ registry, path }: Repository): string {
  return `${goRegistry(registry)}/${path}`;
}
