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

/** Registries of which is kept what was passed on. */
const MOST_REGISTRIES = 1000;
/** Warnings of one registry that are passed on: one that always says something else would fill the log. */
const MOST_SAID = 10;

/** Passes on each warning of each registry once. */
export class Warnings {
  readonly #said = new Recent<Set<string>>(MOST_REGISTRIES);
  readonly #say: (text: string) => void;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  take(registry: string, header: string | undefined): void {
    if (header === undefined) return;
    const said = this.#said.get(registry) ?? new Set();
    this.#said.set(registry, said);
    for (const text of parseWarnings(header)) {
      if (said.has(text) || said.size >= MOST_SAID) continue;
      said.add(text);
      this.#say(`${registry} warns: ${text}`);
    }
  }
}
