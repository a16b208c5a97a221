import type { Template } from '../go/index.ts';
import {
  type Digest,
  digestAlgorithm,
  digestHex,
  goRegistry,
  goRepository,
  parseReference,
  type Reference,
  type Repository,
} from '../oci/index.ts';

/** The target that a template gave: its text, and the reference that it is. */
export interface Target {
  readonly text: string;
  readonly reference: Reference;
}

/** A template that gave something else than the name of an image. */
export class RenameError extends Error {
  override name = 'RenameError';
}

/**
 * Renders the target of an image from `-rename-template`. A registry's port, which no path can hold, becomes
 * `-port` where the result would not be a name otherwise. Throws `TemplateError`, and `RenameError` for what is no name.
 */
export function renderTarget(
  template: Template,
  remotePath: string,
  source: Reference,
  digest: Digest,
): Target {
  const registry = goRegistry(source.repository.registry);
  const render = (name: string): Target => {
    const text = template.render({
      RemotePath: remotePath,
      Digest: digest,
      DigestAlgo: digestAlgorithm(digest),
      DigestHex: digestHex(digest),
      Tag: source.tag ?? '',
      Registry: name,
      Repository: source.repository.path,
    });
    return { text, reference: nameGiven(text) };
  };
  const safe = pathSafe(registry);
  if (safe === registry) return render(registry);
  try {
    return render(registry);
  } catch {
    return render(safe);
  }
}

/** The text for the manifest when an image is pinned. */
export function pinnedText(repository: Repository, digest: Digest, tag: string | undefined): string {
  return `${goRepository(repository)}${tag === undefined ? '' : `:${tag}`}@${digest}`;
}

function nameGiven(text: string): Reference {
  try {
    return parseReference(text);
  } catch (cause) {
    throw new RenameError('the template gave no image name', { cause });
  }
}

function pathSafe(registry: string): string {
  return registry
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^-|-$/g, '');
}
