import { type ByteString, encodeRune } from '../template/text.ts';
import { define, type Family, ofText } from './define.ts';
import { runes } from './runes.ts';

const DIGITS = '0123456789';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ASCII = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');

/** Functions of chance; `random` gives a number from 0 up to 1. */
export function randomFunctions(random: () => number): Family {
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = (alphabet: string) =>
    define(['int'], (args) =>
      Array.from({ length: Math.max(args.int(0), 0) }, () => alphabet[below(alphabet.length)] ?? '').join(''),
    );
  const bytes = (count: number): Buffer => Buffer.from(Array.from({ length: count }, () => below(256)));
  return {
    randAlphaNum: pick(LETTERS + DIGITS),
    randAlpha: pick(LETTERS),
    randAscii: pick(ASCII),
    randNumeric: pick(DIGITS),
    randBytes: define(['int'], (args) => {
      if (args.int(0) < 0) throw new Error('runtime error: makeslice: len out of range');
      return bytes(args.int(0)).toString('base64');
    }),
    randInt: define(['int', 'int'], (args) => {
      const [least, limit] = [args.int(0), args.int(1)];
      if (limit <= least) throw new Error('invalid argument to Intn');
      return BigInt(least + below(limit - least));
    }),
    shuffle: ofText((text) => shuffle(text, below)),
    uuidv4: define([], () => uuid(bytes(16))),
  };
}

function shuffle(text: ByteString, below: (limit: number) => number): ByteString {
  const codes = [...runes(text)];
  for (let last = codes.length - 1; last > 0; last--) {
    const other = below(last + 1);
    [codes[last], codes[other]] = [codes[other] ?? 0, codes[last] ?? 0];
  }
  return codes.map(encodeRune).join('');
}

function uuid(bytes: Buffer): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
