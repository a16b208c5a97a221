import type { ByteString } from '../template/text.ts';
import { define, type Family } from './define.ts';

/** Functions that break lines. */
export function wrappingFunctions(): Family {
  return {
    wrap: define(['int', 'string'], (args) =>
      wrap(args.text(1), { width: args.int(0), newLine: '\n', cutsWords: false }),
    ),
    wrapWith: define(['int', 'string', 'string'], (args) =>
      wrap(args.text(2), { width: args.int(0), newLine: args.text(1) || '\n', cutsWords: true }),
    ),
  };
}

interface Wrapping {
  readonly width: number;
  readonly newLine: ByteString;
  /** Whether a word longer than a line is cut. */
  readonly cutsWords: boolean;
}

/** Breaks at spaces, counting bytes; spaces at the start of a line go, and line breaks within it are not seen. */
function wrap(text: ByteString, { width, newLine, cutsWords }: Wrapping): ByteString {
  const room = Math.max(width, 1);
  let out = '';
  let at = 0;
  while (text.length - at > room) {
    if (text[at] === ' ') {
      at++;
      continue;
    }
    const space = text.lastIndexOf(' ', at + room);
    const end = space >= at ? space : cutsWords ? at + room : text.indexOf(' ', at + room);
    if (end < 0) break;
    out += text.slice(at, end) + newLine;
    at = space < at && cutsWords ? end : end + 1;
  }
  return out + text.slice(at);
}
