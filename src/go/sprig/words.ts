import { type ByteString, encodeRune } from '../template/text.ts';
import { isLetter, isNumber, isPunctuation, isSpace, isUpper, runes, toLower } from './runes.ts';

type Kind = 'number' | 'capitals' | 'letters' | 'connector' | 'punctuation' | 'other' | 'none';

interface Word {
  readonly kind: Kind;
  readonly codes: readonly number[];
}

const NONE: Word = { kind: 'none', codes: [] };

/** Splits a text at connectors and where capitals or digits begin, and joins it in lower case as xstrings does. */
export function joinWords(text: ByteString, connector: ByteString): ByteString {
  const reader = new WordReader(runes(text));
  let out = '';
  const write = (word: Word): void => {
    out += lowered(word, connector);
  };
  const runOn = (first: Word): Word => {
    let word = first;
    for (; word.kind === 'letters' || word.kind === 'number'; word = reader.next()) write(word);
    return word;
  };
  let word = reader.next();
  while (reader.hasMore) {
    if (word.kind !== 'connector') write(word);
    const before = word;
    word = reader.next();
    if (before.kind === 'number') {
      word = runOn(word);
      if (joins(word)) out += connector;
    } else if (before.kind === 'connector') {
      write(before);
    } else if (before.kind !== 'punctuation' && word.kind !== 'number') {
      if (joins(word)) out += connector;
    } else if (before.kind !== 'punctuation' && reader.hasMore) {
      const digits = word;
      word = reader.next();
      // Digits belong to the small letters after them, else to what stands before.
      if (word.kind === 'letters') {
        out += connector;
        write(digits);
        word = runOn(word);
      } else write(digits);
      if (joins(word)) out += connector;
    }
  }
  write(word);
  return out;
}

/** Whether a connector goes in front of a word. */
function joins({ kind }: Word): boolean {
  return kind !== 'none' && kind !== 'connector' && kind !== 'punctuation';
}

function lowered({ kind, codes }: Word, connector: ByteString): ByteString {
  if (kind === 'connector') return connector.repeat(codes.length);
  return codes.map((code) => encodeRune(kind === 'capitals' ? toLower(code) : code)).join('');
}

function isConnector(code: number): boolean {
  return code === 0x2d || code === 0x5f || isSpace(code);
}

function kindOf(code: number): Kind {
  if (isConnector(code)) return 'connector';
  if (isPunctuation(code)) return 'punctuation';
  if (isUpper(code)) return 'capitals';
  if (isLetter(code)) return 'letters';
  return isNumber(code) ? 'number' : 'other';
}

class WordReader {
  readonly #codes: readonly number[];
  #at = 0;

  constructor(codes: readonly number[]) {
    this.#codes = codes;
  }

  get hasMore(): boolean {
    return this.#at < this.#codes.length;
  }

  next(): Word {
    const start = this.#at;
    const first = this.#codes[start];
    if (first === undefined) return NONE;
    const kind = kindOf(first);
    this.#at = kind === 'capitals' ? this.#capitalsEnd(start) : this.#end(start, kind);
    return { kind, codes: this.#codes.slice(start, this.#at) };
  }

  #end(start: number, kind: Kind): number {
    let end = start;
    for (; end < this.#codes.length; end++) {
      const code = this.#codes[end] ?? 0;
      // Punctuation takes hyphens and underscores with it, which at the start of a word are connectors.
      if (kind === 'punctuation' ? !isPunctuation(code) : kindOf(code) !== kind) break;
    }
    return end;
  }

  /** One capital takes the small letters after it; of several the last does. */
  #capitalsEnd(start: number): number {
    const end = this.#end(start, 'capitals');
    const next = this.#codes[end];
    if (next === undefined || kindOf(next) !== 'letters') return end;
    return end - start > 1 ? end - 1 : this.#end(end, 'letters');
  }
}
