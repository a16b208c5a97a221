/** Cuts a stream of JSON values after each of them; the pieces together are the whole. Undefined for anything else. */
export function jsonValues(stream: Buffer): readonly Buffer[] | undefined {
  const values: Buffer[] = [];
  let start = 0;
  let depth = 0;
  const text = stream.toString('latin1');
  for (const { index, 0: token } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/gs)) {
    if (token === '{' || token === '[') depth++;
    if (token !== '}' && token !== ']') continue;
    depth--;
    if (depth > 0) continue;
    values.push(stream.subarray(start, index + 1));
    start = index + 1;
  }
  const last = values.pop();
  if (last === undefined) return undefined;
  // What is left, white space if all is well, belongs to the last value.
  const pieces = [...values, stream.subarray(start - last.byteLength)];
  return pieces.every(isJson) ? pieces : undefined;
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
