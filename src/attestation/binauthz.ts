import { type GoogleApi, GoogleError } from '../google/index.ts';
import { AttestationError, type AttestationSubject, type Attester } from './attester.ts';
import { type Attestor, attestorUrl, readAttestor } from './attestor.ts';
import { refusalOf } from './google-refusal.ts';
import { textOf } from './json-member.ts';
import { signWithKms } from './kms.ts';
import {
  type AttestationOccurrence,
  attestationFilter,
  attestationOccurrence,
  attests,
} from './occurrence.ts';
import { artifactName, signaturePayload } from './payload.ts';
import { chooseSigningKey, type SigningKey } from './signing-key.ts';

/** Where attestations are stored: Container Analysis. */
export interface AttestationStore {
  /** All that a filter selects. */
  occurrences(parent: string, filter: string, signal: AbortSignal): Promise<readonly unknown[]>;
  /** Not repeated when it may have been acted on. */
  createOccurrence(parent: string, occurrence: AttestationOccurrence, signal: AbortSignal): Promise<unknown>;
}

export interface BinauthzOptions {
  readonly google: GoogleApi;
  readonly analysis: AttestationStore;
  /** `projects/P/attestors/A`. */
  readonly attestor: string;
  /** Where occurrences are kept, `projects/P`; the attestor's project when not given. */
  readonly parent: string | undefined;
  /** A key version of Cloud KMS, with or without `//cloudkms.googleapis.com/v1/`; else the attestor's first that can sign. */
  readonly kmsKey: string | undefined;
}

interface Opened {
  readonly attestor: Attestor;
  readonly signingKey: SigningKey;
}

/** How often an attestation is sent that may or may not have arrived. */
const MOST_TRIES = 3;

/**
 * Attests images for Google's Binary Authorization: signed by Cloud KMS, stored in Container Analysis. Takes four requests
 * for each image: what is there, sign, verify, store.
 */
export class BinauthzAttester implements Attester {
  readonly name: string;
  readonly #options: BinauthzOptions;
  readonly #parent: string;
  #opened: Opened | undefined;

  constructor(options: BinauthzOptions) {
    this.name = `attestor ${options.attestor}`;
    this.#options = options;
    this.#parent = options.parent ?? options.attestor.replace(/\/attestors\/.*/, '');
  }

  async open(signal: AbortSignal): Promise<void> {
    const { google, attestor: name, kmsKey } = this.#options;
    const attestor = await readAttestor(google, name, signal);
    this.#opened = { attestor, signingKey: await chooseSigningKey(google, attestor, kmsKey, signal) };
  }

  async attest(subject: AttestationSubject, signal: AbortSignal): Promise<'attested' | 'present'> {
    if (this.#opened === undefined) throw new Error(`${this.name} was not opened`);
    try {
      return await this.#attest(subject, this.#opened, signal);
    } catch (cause) {
      if (!(cause instanceof AttestationError)) throw cause;
      throw new AttestationError(`${artifactName(subject)} is not attested by ${this.name}`, { cause });
    }
  }

  async #attest(
    subject: AttestationSubject,
    { attestor, signingKey }: Opened,
    signal: AbortSignal,
  ): Promise<'attested' | 'present'> {
    const payload = signaturePayload(subject);
    if (await this.#isAttested(subject, attestor, signal)) return 'present';
    const { version, id, publicKey } = signingKey;
    const signature = await signWithKms(this.#options.google, version, publicKey, payload, signal);
    const occurrence = attestationOccurrence(subject, attestor, payload, { signature, id });
    // Before it is stored: what does not hold is nothing to leave behind.
    await this.#verify(occurrence, signal);
    for (let tries = 1; ; tries += 1) {
      if (await this.#isStored(occurrence, tries === MOST_TRIES, signal)) return 'attested';
      if (await this.#isAttested(subject, attestor, signal)) return 'attested';
    }
  }

  async #isAttested(subject: AttestationSubject, attestor: Attestor, signal: AbortSignal): Promise<boolean> {
    const { analysis } = this.#options;
    try {
      const found = await analysis.occurrences(this.#parent, attestationFilter(subject), signal);
      return found.some((occurrence) => attests(occurrence, subject, attestor));
    } catch (cause) {
      const remedies = { PERMISSION_DENIED: 'it takes roles/containeranalysis.occurrences.viewer' };
      throw refusalOf(`the attestations in ${this.#parent} cannot be listed`, remedies, cause);
    }
  }

  /** Has Binary Authorization itself say that an attestation holds. */
  async #verify(occurrence: AttestationOccurrence, signal: AbortSignal): Promise<void> {
    const { resourceUri, noteName, attestation } = occurrence;
    const url = new URL(`${attestorUrl(this.#options.attestor).href}:validateAttestationOccurrence`);
    const body = { attestation, occurrenceNote: noteName, occurrenceResourceUri: resourceUri };
    let answer: unknown;
    try {
      answer = await this.#options.google.call({ method: 'POST', url, body, repeatable: true }, signal);
    } catch (cause) {
      const remedies = { PERMISSION_DENIED: 'it takes roles/binaryauthorization.attestorsVerifier' };
      throw refusalOf('Binary Authorization did not verify the attestation', remedies, cause);
    }
    if (textOf(answer, 'result') === 'VERIFIED') return;
    const reason = textOf(answer, 'denialReason') || textOf(answer, 'result') || 'it gives no reason';
    throw new AttestationError(`Binary Authorization does not accept the attestation: ${reason}`);
  }

  /** Stores an attestation; false when nobody knows whether it was. */
  async #isStored(occurrence: AttestationOccurrence, isLast: boolean, signal: AbortSignal): Promise<boolean> {
    try {
      const stored = await this.#options.analysis.createOccurrence(this.#parent, occurrence, signal);
      if (textOf(stored, 'resourceUri') === occurrence.resourceUri) return true;
      if (!isLast) return false;
      throw new AttestationError(
        `${this.#parent} does not say that it has the attestation, which was sent there`,
      );
    } catch (cause) {
      const isUnclear = cause instanceof GoogleError && isUnknown(cause);
      if (cause instanceof GoogleError && cause.httpStatus === 409 && !isUnclear) return true;
      if (isUnclear && !isLast) return false;
      const remedies = {
        PERMISSION_DENIED:
          'it takes roles/containeranalysis.occurrences.editor there and roles/containeranalysis.notes.attacher at the note',
      };
      throw refusalOf(`the attestation cannot be stored in ${this.#parent}`, remedies, cause);
    }
  }
}

/** Whether a request may have been acted on although it failed. */
function isUnknown({ httpStatus, status }: GoogleError): boolean {
  // ABORTED has the HTTP status of ALREADY_EXISTS and means the opposite.
  return httpStatus === undefined || httpStatus === 408 || httpStatus >= 500 || status === 'ABORTED';
}
