import { digestAlgorithm, formatRepository, type Repository } from '../oci/index.ts';
import { AttestationError, type AttestationSubject } from './attester.ts';

const TYPE = 'Google cloud binauthz container signature';

/** The name of an image as Binary Authorization knows it: what manifests have after the run, by digest. */
export function artifactName(subject: AttestationSubject): string {
  return `${artifactRepository(subject.repository)}@${subject.digest}`;
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
      identity: { 'docker-reference': artifactRepository(subject.repository) },
      image: { 'docker-manifest-digest': subject.digest },
      type: TYPE,
    },
  };
  return Buffer.from(`${JSON.stringify(payload, undefined, 2)}\n`);
}

/** Whether signed bytes, however they are laid out, speak of this repository and digest. */
export function speaksOf(payload: Uint8Array, subject: AttestationSubject): boolean {
  const critical = member(parse(payload), 'critical');
  const type = member(critical, 'type');
  return (
    member(member(critical, 'identity'), 'docker-reference') === artifactRepository(subject.repository) &&
    member(member(critical, 'image'), 'docker-manifest-digest') === subject.digest &&
    // Google's own pages spell it with capitals, too.
    typeof type === 'string' &&
    type.toLowerCase() === TYPE.toLowerCase()
  );
}

/** A repository as the Go program prints it: what the cluster is asked to run has to be what was attested. */
function artifactRepository(repository: Repository): string {
  const name = formatRepository(repository);
  return repository.registry === 'docker.io' ? `index.${name}` : name;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
