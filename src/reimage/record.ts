import type { Verdict } from '../vulnerability/index.ts';
import { type Failure, failureOf, type RunError } from './failure.ts';
import type { FoundImage } from './find.ts';
import { placeName } from './gate-and-copy.ts';
import type { RunContext } from './options.ts';
import type { PlannedImage } from './plan.ts';

/** What a run has found out so far, for the report of the gate, which is written however the run ends. */
export class RunRecord {
  readonly #context: RunContext;
  #found: readonly FoundImage[] = [];
  #planned: readonly PlannedImage[] = [];
  #verdicts: ReadonlyMap<string, Verdict | undefined> = new Map();

  constructor(context: RunContext) {
    this.#context = context;
  }

  found(images: readonly FoundImage[]): void {
    this.#found = images;
  }

  planned(images: readonly PlannedImage[]): void {
    this.#planned = images;
  }

  judged(verdicts: ReadonlyMap<string, Verdict | undefined>): void {
    this.#verdicts = verdicts;
  }

  /** Tells of ignores that were of no use, and writes the report of a run that went well so far. Throws what writing throws. */
  async succeeded(): Promise<void> {
    const { gate, log } = this.#context;
    if (!gate) return;
    for (const { id, place, why } of gate.unusedIgnores())
      log.warn(`${place}: ignoring ${id} is of no use: ${why}`);
    await this.#write('accepted', []);
  }

  /** Writes the report of a run that did not go well; what keeps it from being written is returned. */
  async failed(error: RunError): Promise<readonly Failure[]> {
    try {
      await this.#write(error.rejected ? 'rejected' : 'failed', error.failures);
      return [];
    } catch (cause) {
      return [failureOf(cause, 'cannot write the report')];
    }
  }

  async #write(verdict: 'accepted' | 'rejected' | 'failed', failures: readonly Failure[]): Promise<void> {
    const { gate } = this.#context;
    if (!gate?.report) return;
    const planned = new Map(this.#planned.map((image) => [image.image.text, image]));
    await gate.report({
      verdict,
      images: this.#found.map(({ text, sites }) => {
        const image = planned.get(text);
        const name = image && placeName(image);
        const seen = name !== undefined && this.#verdicts.has(name);
        const judged = name === undefined ? undefined : this.#verdicts.get(name);
        return {
          source: text,
          places: sites.map(({ file, line, column }) => ({ file, line, column })),
          tag: image?.mapping.tag,
          digest: image?.digest,
          verdict: judged,
          skipped: seen && judged === undefined,
          failure: failures.find(({ image: about }) => about === text)?.message,
        };
      }),
      failures: failures.map(({ message }) => message),
      unusedIgnores: gate.unusedIgnores(),
    });
  }
}
