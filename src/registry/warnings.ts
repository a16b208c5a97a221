import { Recent } from './recent.ts';
import { printable } from './words.ts';

/** The texts of a `Warning` header that are meant for people (OCI distribution specification, "Warnings": code 299). */
export function parseWarnings(header: string | undefined): readonly string[] {
  const texts: string[] = [];
  for (const [, text = ''] of (header ?? '').matchAll(/\b299 - "((?:[^"\\]|\\.)*)"/g)) {
    const line = printable(text.replace(/\\(.)/g, '$1'));
    if (line !== '') texts.push(line);
  }
  return texts;
}

/** Warnings of which is kept that they were passed on. */
const MOST_SAID = 1000;

/** Passes on each warning of each registry once. */
export class Warnings {
  readonly #said = new Recent<true>(MOST_SAID);
  readonly #say: (text: string) => void;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  take(registry: string, header: string | undefined): void {
    for (const text of parseWarnings(header)) {
      const line = `${registry} warns: ${text}`;
      if (this.#said.get(line)) continue;
      this.#said.set(line, true);
      this.#say(line);
    }
  }
}
