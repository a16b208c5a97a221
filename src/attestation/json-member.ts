/** What is at the end of a path of names in JSON of others; undefined where the path breaks off. */
export function memberOf(value: unknown, ...path: readonly string[]): unknown {
  let here = value;
  for (const name of path) {
    const isThere = typeof here === 'object' && here !== null && Object.hasOwn(here, name);
    here = isThere ? Reflect.get(Object(here), name) : undefined;
  }
  return here;
}

/** The text at the end of a path; empty for anything else. */
export function textOf(value: unknown, ...path: readonly string[]): string {
  const found = memberOf(value, ...path);
  return typeof found === 'string' ? found : '';
}

/** The list at the end of a path; empty for anything else. */
export function listOf(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = memberOf(value, ...path);
  return Array.isArray(found) ? found : [];
}
