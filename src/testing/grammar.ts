import { type Digest, digestFault, isDigest } from '../oci/index.ts';
import { Refusal } from './refusal.ts';

/** The grammar of `<name>` and `<reference>` in the distribution specification, "Pulling manifests". */
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;

/** Throws `Refusal` for a name that is none. */
export function checkName(name: string): void {
  if (!NAME.test(name) || name.length > 255) {
    throw new Refusal('NAME_INVALID', 'invalid repository name', { detail: name });
  }
}

/** Throws `Refusal` for a tag that is none. */
export function checkTag(tag: string): void {
  if (!TAG.test(tag))
    throw new Refusal('TAG_INVALID', 'manifest tag did not match its grammar', { detail: tag });
}

/** Reads a digest; throws `Refusal`. */
export function readDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new Refusal('DIGEST_INVALID', digestFault(text) ?? 'invalid digest', { detail: text });
}
