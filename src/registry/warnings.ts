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

/** Passes on each warning of each registry once. */
export class Warnings {
  readonly #said = new Set<string>();
  readonly #say: (text: string) => void;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  take(registry: string, header: string | undefined): void {
    for (const text of parseWarnings(header)) {
      const line = `${registry} warns: ${text}`;
      if (this.#said.has(line)) continue;
      this.#said.add(line);
      this.#say(line);
    }
  }
}
