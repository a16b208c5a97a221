const [QUOTE, BACKSLASH, COMMA, BRACKET, BRACE] = [0x22, 0x5c, 0x2c, 0x5b, 0x7b];

/**
 * Whether a JSON text has more than so many objects, lists and members. What is read of strangers may be eight megabytes
 * of `{},`: parsed, that is hundreds.
 */
export function hasMoreParts(json: Uint8Array, most: number): boolean {
  let parts = 0;
  let quoted = false;
  for (let at = 0; at < json.length && parts <= most; at++) {
    const byte = json[at];
    if (quoted && byte === BACKSLASH) at++;
    else if (byte === QUOTE) quoted = !quoted;
    else if (!quoted && (byte === COMMA || byte === BRACKET || byte === BRACE)) parts++;
  }
  return parts > most;
}
