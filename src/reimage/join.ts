const NEWLINE = 0x0a;

/** Puts files one after another as one stream of documents; a single file stays as it is. */
export function joinManifests(files: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let open = false;
  for (const file of files) {
    if (file.byteLength === 0) continue;
    if (open) {
      if (parts.at(-1)?.at(-1) !== NEWLINE) parts.push(Buffer.from('\n'));
      parts.push(separatorBefore(file));
    }
    parts.push(file);
    open = true;
  }
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
}

/** Nothing before a file that brings its own marker; directives need the end of the document before them. */
function separatorBefore(file: Uint8Array): Uint8Array {
  const start = Buffer.from(file.subarray(0, 4)).toString('latin1');
  if (/^---[ \t\r\n]/.test(start)) return Buffer.alloc(0);
  return Buffer.from(start.startsWith('%') ? '...\n' : '---\n');
}
