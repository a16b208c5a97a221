import { formatValue, formatVerb, type Layout } from './format.ts';
import { type ByteString, decodeRune } from './text.ts';
import { integerOf, typeName, type Value } from './value.ts';

/** Go's `fmt.Sprint`: a space between operands when neither is a string. */
export function print(values: readonly Value[]): ByteString {
  let out = '';
  values.forEach((value, index) => {
    const before = values[index - 1];
    if (index > 0 && typeof value !== 'string' && typeof before !== 'string') out += ' ';
    out += formatValue(value);
  });
  return out;
}

/** Go's `fmt.Sprintln`. */
export function println(values: readonly Value[]): ByteString {
  return `${values.map(formatValue).join(' ')}\n`;
}

/** Go's `fmt.Sprintf`, its complaints about verbs and operands included: they go into the output. */
export function printf(format: ByteString, values: readonly Value[]): ByteString {
  return new Printf(format, values).run();
}

const MAX_NUMBER = 1_000_000;

class Printf {
  readonly #format: ByteString;
  readonly #values: readonly Value[];
  #at = 0;
  #next = 0;
  #out = '';
  /** An explicit index was seen, so that unused operands are no fault. */
  #reordered = false;
  #badIndex = false;
  #afterIndex = false;

  constructor(format: ByteString, values: readonly Value[]) {
    this.#format = format;
    this.#values = values;
  }

  run(): ByteString {
    for (;;) {
      const percent = this.#format.indexOf('%', this.#at);
      this.#out += this.#format.slice(this.#at, percent < 0 ? undefined : percent);
      if (percent < 0) break;
      this.#at = percent + 1;
      this.#directive();
    }
    if (!this.#reordered && this.#next < this.#values.length) this.#out += this.#extra();
    return this.#out;
  }

  #directive(): void {
    this.#badIndex = false;
    const flags = new Set<string>();
    for (; '#0+- '.includes(this.#format[this.#at] ?? '?'); this.#at++)
      flags.add(this.#format[this.#at] ?? '');
    this.#afterIndex = this.#index();
    const width = this.#width(flags);
    const precision = this.#precision();
    if (!this.#afterIndex) this.#afterIndex = this.#index();
    if (this.#at >= this.#format.length) {
      this.#out += '%!(NOVERB)';
      return;
    }
    const { size } = decodeRune(this.#format, this.#at);
    const verb = this.#format.slice(this.#at, this.#at + size);
    this.#at += size;
    this.#out += this.#verb(verb, { flags, width, precision });
  }

  #verb(verb: string, layout: Layout): ByteString {
    if (verb === '%') return '%';
    if (this.#badIndex) return `%!${verb}(BADINDEX)`;
    const value = this.#values[this.#next];
    if (value === undefined) return `%!${verb}(MISSING)`;
    this.#next++;
    return formatVerb(value, verb, layout);
  }

  #width(flags: Set<string>): number | undefined {
    if (this.#format[this.#at] !== '*') {
      const width = this.#number();
      if (this.#afterIndex && width !== undefined) this.#badIndex = true;
      return width;
    }
    const width = this.#star();
    this.#afterIndex = false;
    if (width === undefined) this.#out += '%!(BADWIDTH)';
    if (width === undefined || width >= 0) return width;
    flags.add('-');
    flags.delete('0');
    return -width;
  }

  #precision(): number | undefined {
    // A point at the very end is no precision but a missing verb.
    if (this.#format[this.#at] !== '.' || this.#at + 1 >= this.#format.length) return undefined;
    this.#at++;
    if (this.#afterIndex) this.#badIndex = true;
    this.#afterIndex = this.#index();
    if (this.#format[this.#at] !== '*') return this.#number() ?? 0;
    const precision = this.#star();
    this.#afterIndex = false;
    if (precision !== undefined && precision >= 0) return precision;
    this.#out += '%!(BADPREC)';
    return undefined;
  }

  /** The operand that `*` stands for. */
  #star(): number | undefined {
    this.#at++;
    const value = this.#values[this.#next];
    if (value !== undefined) this.#next++;
    const number = value === undefined ? undefined : integerOf(value);
    if (number === undefined || number > MAX_NUMBER || number < -MAX_NUMBER) return undefined;
    return Number(number);
  }

  #number(): number | undefined {
    const digits = /^[0-9]+/.exec(this.#format.slice(this.#at, this.#at + 400))?.[0];
    if (digits === undefined) return undefined;
    const value = Number(digits);
    if (value > MAX_NUMBER) {
      this.#at = this.#format.length;
      return undefined;
    }
    this.#at += digits.length;
    return value;
  }

  /** An index `[n]`, counted from 1, of the operand to take next. */
  #index(): boolean {
    if (this.#format[this.#at] !== '[') return false;
    this.#reordered = true;
    const end = this.#format.indexOf(']', this.#at);
    const text = end < 0 ? '' : this.#format.slice(this.#at + 1, end);
    this.#at = end < 0 ? this.#at + 1 : end + 1;
    const index = /^[0-9]{1,7}$/.test(text) ? Number(text) : undefined;
    if (index !== undefined && index >= 1 && index <= this.#values.length) {
      this.#next = index - 1;
      return true;
    }
    this.#badIndex = true;
    return index !== undefined;
  }

  #extra(): ByteString {
    const shown = this.#values
      .slice(this.#next)
      .map((value) => (value === null ? '<nil>' : `${typeName(value)}=${formatValue(value)}`));
    return `%!(EXTRA ${shown.join(', ')})`;
  }
}
