import { exposition } from './exposition.ts';
import type { Format } from './rendering.ts';
import type { Section } from './section.ts';

/** The lines of one family, for tests. */
export function sectionOf(sections: readonly Section[], name: string): string {
  const section = sections.find(({ family }) => family.name === name);
  return Buffer.from(section?.blocks.join('') ?? '', 'latin1').toString();
}

/** A whole scrape, for tests. */
export async function textOf(sections: readonly Section[], format: Format): Promise<string> {
  const pieces: Buffer[] = [];
  await exposition(sections, format).writeTo(async (piece) => {
    pieces.push(Buffer.from(piece));
  });
  return Buffer.concat(pieces).toString();
}
