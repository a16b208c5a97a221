import type { GateReport, ReportImage, Verdict } from '../vulnerability/index.ts';
import { type Failure, failureOf, RejectedError, RunError } from './failure.ts';
import type { FoundImage } from './find.ts';
import { placeName } from './gate-and-copy.ts';
import type { RunContext } from './options.ts';
import type { PlannedImage } from './plan.ts';

/** What a run has found out so far, for the report of the gate, which is written however the run ends. */
export class RunRecord {
  readonly #context: RunContext;
  #found: readonly FoundImage[] = [];
  #planned: ReadonlyMap<string, PlannedImage> = new Map();
  #verdicts: ReadonlyMap<string, Verdict | undefined> = new Map();
  /** It was tried, and failed. */
  #unwritable = false;

  constructor(context: RunContext) {
    this.#context = context;
  }

  found(images: readonly FoundImage[]): void {
    this.#found = images;
  }

  planned(images: readonly PlannedImage[]): void {
    this.#planned = new Map(images.map((planned) => [planned.image.text, planned]));
  }

  judged(verdicts: ReadonlyMap<string, Verdict | undefined>): void {
    this.#verdicts = verdicts;
  }

  /** Tells of ignores that were of no use, and writes the report of a run that went well so far. Throws `RunError`. */
  async succeeded(): Promise<void> {
    const { gate, log } = this.#context;
    if (!gate) return;
    for (const { id, place, why } of gate.unusedIgnores())
      log.warn(`${place}: ignoring ${id} is of no use: ${why}`);
    const failures = await this.#write('accepted', []);
    if (failures.length > 0) throw new RunError(failures);
  }

  /** Writes the report of a run that did not go well; what keeps it from being written is returned. */
  async failed(error: RunError): Promise<readonly Failure[]> {
    if (this.#unwritable) return [];
    return await this.#write(error.rejected ? 'rejected' : 'failed', error.failures);
  }

  async #write(verdict: GateReport['verdict'], failures: readonly Failure[]): Promise<readonly Failure[]> {
    const report = this.#context.gate?.report;
    if (!report) return [];
    const faults = failures.filter(({ cause }) => !(cause instanceof RejectedError));
    const known = new Set(this.#found.map(({ text }) => text));
    const others = faults.filter(({ image }) => image === undefined || !known.has(image));
    try {
      await report({
        verdict,
        images: this.#images(faults),
        failures: others.map(({ message }) => message),
      });
      return [];
    } catch (error) {
      this.#unwritable = true;
      return [failureOf(error, 'cannot write the report')];
    }
  }

  /** Each image once, with every way in which it is written. */
  #images(failures: readonly Failure[]): readonly ReportImage[] {
    const images = new Map<string, ReportImage>();
    const messages = new Map<string | undefined, string>();
    for (const { image, message } of failures) if (!messages.has(image)) messages.set(image, message);
    for (const { text, sites } of this.#found) {
      const planned = this.#planned.get(text);
      const { tag, digest } = planned?.mapping ?? { tag: text, digest: undefined };
      const name = planned && placeName(planned);
      const verdict = name === undefined ? undefined : this.#verdicts.get(name);
      const failure = messages.get(text);
      const before = images.get(`${tag} ${digest}`);
      images.set(`${tag} ${digest}`, {
        sources: [...(before?.sources ?? []), text],
        tag,
        digest,
        verdict,
        failure: before?.failure ?? failure,
        skipped: name !== undefined && this.#verdicts.has(name) && verdict === undefined,
        sites: [...(before?.sites ?? []), ...sites.map(({ file, line, column }) => ({ file, line, column }))],
      });
    }
    return [...images.values()];
  }
}
