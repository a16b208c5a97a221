const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/g;

/** A key that the outermost object of some JSON has twice, which `JSON.parse` does not tell; undefined if there is none. */
export function repeatedKey(json: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  let isKey = false;
  for (const [token] of json.matchAll(TOKENS)) {
    if (token === '}' || token === ']') depth--;
    else if (token === '{' || token === '[') isKey = ++depth === 1;
    else if (token === ',') isKey = depth === 1;
    else if (token !== ':' && isKey) {
      const key = String(JSON.parse(token));
      if (seen.has(key)) return key;
      seen.add(key);
      isKey = false;
    }
  }
  return undefined;
}
