const LONGEST = 300;

/** One line of printable text, not for ever: a registry's words end up on terminals and in logs. */
export function printable(words: string, longest: number = LONGEST): string {
  const line = words
    .replace(/[\s\p{Cc}]+/gu, ' ')
    // Storage behind a registry repeats the signed URL that it did not like.
    .replace(/(https?:\/\/[^\s?"'<>]*)\?[^\s"'<>]*/gi, '$1?…')
    .trim();
  return line.length <= longest ? line : `${line.slice(0, longest)}…`;
}
