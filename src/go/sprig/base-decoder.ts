import type { ByteString } from '../template/text.ts';

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The bytes of digits, as many whole ones as there are. */
function bytesOf(digits: readonly number[], width: 5 | 6): ByteString {
  const bits = digits.map((digit) => digit.toString(2).padStart(width, '0')).join('');
  return (bits.match(/.{8}/g) ?? []).map((byte) => String.fromCharCode(Number.parseInt(byte, 2))).join('');
}

/** Base64 with padding; what is wrong is told in place of the bytes, as Go's error. */
export class Base64Decoder {
  readonly #text: ByteString;

  constructor(text: ByteString) {
    this.#text = text;
  }

  decode(): ByteString {
    const digits: number[] = [];
    const text = this.#text;
    for (let at = 0; at < text.length; at++) {
      const character = text[at] ?? '';
      if (isNewLine(character)) continue;
      const digit = BASE64.indexOf(character);
      if (digit >= 0) digits.push(digit);
      else if (character === '=') return this.#padded(digits, at);
      else return fault(64, at);
    }
    return digits.length % 4 === 0 ? bytesOf(digits, 6) : fault(64, text.length - (digits.length % 4));
  }

  /** The end, from the first `=` on. */
  #padded(digits: readonly number[], at: number): ByteString {
    const text = this.#text;
    const have = digits.length % 4;
    if (have < 2) return fault(64, at);
    let next = this.#skip(at + 1);
    if (have === 2) {
      if (next >= text.length) return fault(64, text.length);
      if (text[next] !== '=') return fault(64, next - 1);
      next = this.#skip(next + 1);
    }
    return next < text.length ? fault(64, next) : bytesOf(digits, 6);
  }

  #skip(from: number): number {
    let at = from;
    while (isNewLine(this.#text[at] ?? '')) at++;
    return at;
  }
}

/** Base32 with padding; what is wrong is told in place of the bytes, as Go's error. */
export class Base32Decoder {
  readonly #text: ByteString;

  constructor(text: ByteString) {
    this.#text = text.replace(/[\r\n]/g, '');
  }

  decode(): ByteString {
    const text = this.#text;
    const digits: number[] = [];
    for (let at = 0; at < text.length; at++) {
      const place = at % 8;
      const left = text.length - at - 1;
      if (text[at] === '=' && place >= 2 && left < 8) {
        if (left + place < 7) return fault(32, text.length);
        const wrong = text.slice(at + 1, at + 8 - place).search(/[^=]/);
        if (wrong >= 0) return fault(32, at + wrong);
        return [1, 3, 6].includes(place) ? fault(32, at) : bytesOf(digits, 5);
      }
      const digit = BASE32.indexOf(text[at] ?? '');
      if (digit < 0) return fault(32, at);
      digits.push(digit);
    }
    return digits.length % 8 === 0 ? bytesOf(digits, 5) : fault(32, text.length - (digits.length % 8));
  }
}

function isNewLine(character: string): boolean {
  return character === '\n' || character === '\r';
}

function fault(base: 32 | 64, at: number): ByteString {
  return `illegal base${base} data at input byte ${at}`;
}
