import { constants, createPublicKey, verify } from 'node:crypto';
import { isJsonObject, listAt, textAt } from './api-json.ts';
import { signatureKind } from './digest-signature.ts';
import { type GoogleCall, type GoogleReply, googleRefusal } from './google-handler.ts';

/** A public key of an attestor. */
export interface AttestorKeyOptions {
  /** `//cloudkms.googleapis.com/v1/projects/…`, `ni:///sha-256;…` or any text. */
  readonly id: string;
  /** Of a PKIX key; an OpenPGP key, whose text nothing here reads, has none. */
  readonly pem?: string;
  /** `ECDSA_P256_SHA256` when not given. */
  readonly algorithm?: string;
}

export interface AttestorOptions {
  /** `projects/P/notes/N`; undefined for an attestor without a note of its user. */
  readonly note: string | undefined;
  readonly keys?: readonly AttestorKeyOptions[];
}

/** What a caller may lack. */
export type AttestorPermission = 'get' | 'verifyImageAttested';

const PATH = /^\/v1\/(projects\/[^/]+\/attestors\/[^/:]+)(:validateAttestationOccurrence)?$/;

/** A double of Binary Authorization: attestors, and attestations that it really verifies. */
export class BinaryAuthorization {
  /** Where it answers. */
  static readonly host = 'binaryauthorization.googleapis.com';
  readonly #attestors = new Map<string, AttestorOptions>();
  readonly #denied = new Set<AttestorPermission>();

  /** Adds an attestor, or another in its place. */
  add(name: string, options: AttestorOptions): void {
    this.#attestors.set(name, options);
  }

  deny(permission: AttestorPermission): void {
    this.#denied.add(permission);
  }

  readonly handler = ({ method, url, body }: GoogleCall): GoogleReply => {
    const [, name = '', action] = PATH.exec(url.pathname) ?? [];
    const permission = action === undefined ? 'get' : 'verifyImageAttested';
    if (name === '' || method !== (action === undefined ? 'GET' : 'POST')) {
      return googleRefusal('NOT_FOUND', `Method not found: ${method} ${url.pathname}`);
    }
    if (this.#denied.has(permission)) {
      const what = `Permission 'binaryauthorization.attestors.${permission}' denied on resource '${name}'`;
      return googleRefusal('PERMISSION_DENIED', `${what} (or it may not exist).`);
    }
    const attestor = this.#attestors.get(name);
    if (attestor === undefined) {
      return googleRefusal('NOT_FOUND', `Requested entity was not found: ${name}`);
    }
    if (action === undefined) return { status: 200, body: attestorBody(name, attestor) };
    const denialReason = denial(attestor, body);
    const result = denialReason === undefined ? 'VERIFIED' : 'ATTESTATION_NOT_VERIFIABLE';
    return { status: 200, body: { result, ...(denialReason === undefined ? {} : { denialReason }) } };
  };
}

/** As JSON from protocol buffers has it: what is empty is not there. */
function attestorBody(name: string, { note, keys = [] }: AttestorOptions): object {
  const publicKeys = keys.map(({ id, pem, algorithm = 'ECDSA_P256_SHA256' }) => ({
    id,
    ...(pem === undefined
      ? { asciiArmoredPgpPublicKey: '-----BEGIN PGP PUBLIC KEY BLOCK-----\n…' }
      : { pkixPublicKey: { publicKeyPem: pem, signatureAlgorithm: algorithm } }),
  }));
  const userOwnedGrafeasNote = {
    noteReference: note,
    ...(publicKeys.length === 0 ? {} : { publicKeys }),
    delegationServiceAccountEmail: 'service-1@gcp-sa-binaryauthorization.iam.gserviceaccount.com',
  };
  return {
    name,
    ...(note === undefined ? {} : { userOwnedGrafeasNote }),
    updateTime: '2026-01-01T00:00:00Z',
  };
}

/** Why an attestation does not hold; undefined when it does. */
function denial({ note, keys = [] }: AttestorOptions, body: unknown): string | undefined {
  if (textAt(body, 'occurrenceNote') !== note)
    return 'The attestation is not attached to the note of the attestor';
  const payload = Buffer.from(textAt(body, 'attestation', 'serializedPayload'), 'base64');
  const isSigned = listAt(body, 'attestation', 'signatures').some((signature) =>
    keys.some((key) => key.id === textAt(signature, 'publicKeyId') && isSignedWith(key, payload, signature)),
  );
  if (!isSigned) return 'No signature was valid and made with a key that the attestor trusts';
  return payloadFault(payload, textAt(body, 'occurrenceResourceUri'));
}

function isSignedWith({ pem, algorithm }: AttestorKeyOptions, payload: Buffer, signature: unknown): boolean {
  const kind = signatureKind(algorithm ?? 'ECDSA_P256_SHA256');
  if (pem === undefined || kind === undefined) return false;
  const key = createPublicKey(pem);
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  const how = kind.scheme === 'PSS' ? { key, ...pss } : { key };
  return verify(kind.hash, payload, how, Buffer.from(textAt(signature, 'signature'), 'base64'));
}

/** Strict about the form, where the image is the resource `https://REGISTRY/REPOSITORY@DIGEST`. */
function payloadFault(payload: Buffer, resource: string): string | undefined {
  const [, repository, digest] = /^https:\/\/([^@]+)@(sha256:[0-9a-f]{64})$/.exec(resource) ?? [];
  if (repository === undefined) return `The resource ${resource} is no image by its digest`;
  let value: unknown;
  try {
    value = JSON.parse(payload.toString());
  } catch {
    return 'The payload is not JSON';
  }
  if (!isJsonObject(value)) return 'The payload is no object';
  const reference = textAt(value, 'critical', 'identity', 'docker-reference');
  if (reference !== repository) return `The docker-reference "${reference}" is not ${repository}`;
  const signed = textAt(value, 'critical', 'image', 'docker-manifest-digest');
  if (signed !== digest) return `The docker-manifest-digest "${signed}" is not ${digest}`;
  const type = textAt(value, 'critical', 'type');
  const isRight = type === 'Google cloud binauthz container signature';
  return isRight ? undefined : `The type "${type}" is not that of an attestation`;
}
