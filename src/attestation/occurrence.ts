import { occurrenceFilter } from '../google/index.ts';
import type { AttestationSubject } from './attester.ts';
import type { Attestor } from './attestor.ts';
import { listOf, textOf } from './json-member.ts';
import { resourceUri, speaksOf } from './payload.ts';
import { isSignatureOf } from './signature-algorithm.ts';

/** What an occurrence of the kind ATTESTATION holds (grafeas.v1.AttestationOccurrence). */
export interface Attestation {
  /** In base64. */
  readonly serializedPayload: string;
  readonly signatures: readonly { readonly signature: string; readonly publicKeyId: string }[];
}

/** An attestation as Container Analysis stores it. */
export interface AttestationOccurrence {
  readonly resourceUri: string;
  readonly noteName: string;
  readonly attestation: Attestation;
}

/** The occurrence that says of an image what was signed. */
export function attestationOccurrence(
  subject: AttestationSubject,
  { note }: Attestor,
  payload: Uint8Array,
  { signature, id }: { readonly signature: Uint8Array; readonly id: string },
): AttestationOccurrence {
  return {
    resourceUri: resourceUri(subject),
    noteName: note,
    attestation: {
      serializedPayload: base64(payload),
      signatures: [{ signature: base64(signature), publicKeyId: id }],
    },
  };
}

/** Selects the attestations of an image, whoever made them. */
export function attestationFilter(subject: AttestationSubject): string {
  return occurrenceFilter('ATTESTATION', resourceUri(subject));
}

/** Whether an occurrence is of the attestor's note, signed by one of its keys, and says this of the image. */
export function attests(occurrence: unknown, subject: AttestationSubject, { note, keys }: Attestor): boolean {
  if (textOf(occurrence, 'noteName') !== note) return false;
  const payload = Buffer.from(textOf(occurrence, 'attestation', 'serializedPayload'), 'base64');
  if (!speaksOf(payload, subject)) return false;
  return listOf(occurrence, 'attestation', 'signatures').some((entry) => {
    const signature = Buffer.from(textOf(entry, 'signature'), 'base64');
    return keys.some(
      ({ id, publicKey }) =>
        id === textOf(entry, 'publicKeyId') &&
        publicKey !== undefined &&
        isSignatureOf(payload, signature, publicKey.key, publicKey.algorithm),
    );
  });
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
