/** What looks like a name of our families in a text and is none. */
export function strangers(text: string, families: readonly { readonly name: string }[]): string[] {
  const known = new Set(families.map(({ name }) => name));
  const found = text.match(/\b(?:container_image|process|nodejs)_\w+/g) ?? [];
  return [...new Set(found)].filter((name) => !known.has(name));
}
