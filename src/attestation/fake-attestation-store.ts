import type { AttestationStore } from './binauthz.ts';

/** Occurrences in memory; `faults` befall the next creations, before or after they are done. */
export class FakeAttestationStore implements AttestationStore {
  readonly occurrencesOf = new Map<string, object[]>();
  readonly faults: { readonly error: Error; readonly stored: boolean }[] = [];
  /** What the next creations are answered with; nothing is stored then. */
  readonly answers: object[] = [];
  /** Thrown by every listing. */
  listFault: Error | undefined;
  readonly #calls: string[];

  constructor(calls: string[]) {
    this.#calls = calls;
  }

  async occurrences(parent: string, filter: string, signal: AbortSignal): Promise<readonly unknown[]> {
    signal.throwIfAborted();
    this.#calls.push('list');
    if (this.listFault) throw this.listFault;
    const [, resource] = /^\(\(kind = "ATTESTATION"\) AND \(resourceUrl = "([^"]+)"\)\)$/.exec(filter) ?? [];
    if (resource === undefined) throw new Error(`unknown filter ${filter}`);
    const all = this.occurrencesOf.get(parent) ?? [];
    return all.filter((occurrence) => Reflect.get(occurrence, 'resourceUri') === resource);
  }

  async createOccurrence(parent: string, occurrence: object, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    this.#calls.push('create');
    const answer = this.answers.shift();
    if (answer !== undefined) return answer;
    const fault = this.faults.shift();
    if (fault?.stored !== false) this.put(parent, occurrence);
    if (fault !== undefined) throw fault.error;
    return occurrence;
  }

  put(parent: string, occurrence: object): void {
    const stored = structuredClone({ kind: 'ATTESTATION', ...occurrence });
    this.occurrencesOf.set(parent, [...(this.occurrencesOf.get(parent) ?? []), stored]);
  }
}
