import { digestAlgorithm, goRepository } from '../oci/index.ts';
import { AttestationError, type AttestationSubject } from './attester.ts';
import { memberOf, parseJson, textOf } from './json-member.ts';

const TYPE = 'Google cloud binauthz container signature';

/** The name of an image as Binary Authorization knows it: what manifests have after the run, by digest. */
export function artifactName(subject: AttestationSubject): string {
  return `${goRepository(subject.repository)}@${subject.digest}`;
}

/** What the occurrences of an image hang on. */
export function resourceUri(subject: AttestationSubject): string {
  return `https://${artifactName(subject)}`;
}

/**
 * The bytes that an attestation signs, as `gcloud container binauthz create-signature-payload` writes them. Throws
 * `AttestationError` for digests that Binary Authorization does not know.
 */
export function signaturePayload(subject: AttestationSubject): Uint8Array {
  if (digestAlgorithm(subject.digest) !== 'sha256') {
    throw new AttestationError(`${artifactName(subject)}: Binary Authorization knows digests of sha256 only`);
  }
  const payload = {
    critical: {
      identity: { 'docker-reference': goRepository(subject.repository) },
      image: { 'docker-manifest-digest': subject.digest },
      type: TYPE,
    },
  };
  return Buffer.from(`${JSON.stringify(payload, undefined, 2)}\n`);
}

/** Whether signed bytes, however they are laid out, speak of this repository and digest. */
export function speaksOf(payload: Uint8Array, subject: AttestationSubject): boolean {
  const critical = memberOf(parseJson(payload), 'critical');
  return (
    textOf(critical, 'identity', 'docker-reference') === goRepository(subject.repository) &&
    textOf(critical, 'image', 'docker-manifest-digest') === subject.digest &&
    // Google's own pages spell it with capitals, too.
    textOf(critical, 'type').toLowerCase() === TYPE.toLowerCase()
  );
}
