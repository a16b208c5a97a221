import { quote } from '../template/quote.ts';
import type { ByteString } from '../template/text.ts';
import { layoutParts, MONTHS, WEEKDAYS } from './time-layout.ts';

/** What a text says of a moment; what it does not say is 0, or 1 where there is no 0. */
export interface Moment {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
  /** Seconds east of Greenwich, if the text says them. */
  readonly offset: number | undefined;
  /** The abbreviation of the zone, if the text has one. */
  readonly zone: string | undefined;
}

/** Reads a text in one of Go's layouts; throws Go's errors. */
export function parseMoment(layout: ByteString, text: ByteString): Moment {
  return new MomentParser(layout, text).parse();
}

/** How many digits each element takes: at least and at most. */
const NUMBERS: ReadonlyMap<string, { readonly field: Field; readonly least: number; readonly most: number }> =
  new Map([
    ['1', { field: 'month', least: 1, most: 2 }],
    ['01', { field: 'month', least: 2, most: 2 }],
    ['2', { field: 'day', least: 1, most: 2 }],
    ['_2', { field: 'day', least: 1, most: 2 }],
    ['02', { field: 'day', least: 2, most: 2 }],
    ['__2', { field: 'yearDay', least: 1, most: 3 }],
    ['002', { field: 'yearDay', least: 3, most: 3 }],
    ['15', { field: 'hour', least: 1, most: 2 }],
    ['3', { field: 'hour', least: 1, most: 2 }],
    ['03', { field: 'hour', least: 2, most: 2 }],
    ['4', { field: 'minute', least: 1, most: 2 }],
    ['04', { field: 'minute', least: 2, most: 2 }],
    ['5', { field: 'second', least: 1, most: 2 }],
    ['05', { field: 'second', least: 2, most: 2 }],
    ['2006', { field: 'year', least: 4, most: 4 }],
    ['06', { field: 'year', least: 2, most: 2 }],
  ]);

type Field = 'year' | 'month' | 'day' | 'yearDay' | 'hour' | 'minute' | 'second';

class MomentParser {
  readonly #layout: ByteString;
  readonly #text: ByteString;
  #rest: ByteString;
  readonly #found = new Map<Field, number>();
  #nanosecond = 0;
  #half: 'am' | 'pm' | undefined;
  #offset: number | undefined;
  #zone: string | undefined;

  constructor(layout: ByteString, text: ByteString) {
    this.#layout = layout;
    this.#text = text;
    this.#rest = text;
  }

  parse(): Moment {
    const parts = layoutParts(this.#layout);
    for (const [index, { kind, text }] of parts.entries()) {
      if (kind === 'text') this.#literal(text);
      else if (kind === 'fraction') this.#fraction(text);
      else this.#element(text, parts[index + 1]?.kind === 'fraction');
    }
    if (this.#rest !== '') this.#fail('', `: extra text: ${quote(this.#rest)}`);
    return this.#moment();
  }

  #fail(element: string, message = ''): never {
    const head = `parsing time ${quote(this.#text)}`;
    if (message !== '') throw new Error(head + message);
    throw new Error(
      `${head} as ${quote(this.#layout)}: cannot parse ${quote(this.#rest)} as ${quote(element)}`,
    );
  }

  /** Runs of spaces count as one. */
  #literal(text: ByteString): void {
    let wanted = text;
    while (wanted !== '') {
      if (wanted.startsWith(' ')) {
        if (this.#rest !== '' && !this.#rest.startsWith(' ')) this.#fail(text);
        wanted = wanted.replace(/^ +/, '');
        this.#rest = this.#rest.replace(/^ +/, '');
      } else {
        if (this.#rest === '' || this.#rest[0] !== wanted[0]) this.#fail(text);
        wanted = wanted.slice(1);
        this.#rest = this.#rest.slice(1);
      }
    }
  }

  #element(element: string, fractionFollows: boolean): void {
    const number = NUMBERS.get(element);
    if (number !== undefined) {
      this.#number(element, number);
      if (number.field === 'second' && !fractionFollows)
        this.#take(/^[.,][0-9]+/, (text) => this.#nanoseconds(text, element));
    } else if (element === 'January' || element === 'Jan') {
      this.#found.set('month', this.#name(MONTHS, element) + 1);
    } else if (element === 'Monday' || element === 'Mon') {
      this.#name(WEEKDAYS, element);
    } else if (element === 'PM' || element === 'pm') {
      const [am, pm] = element === 'PM' ? ['AM', 'PM'] : ['am', 'pm'];
      const found = this.#rest.slice(0, 2);
      if (found !== am && found !== pm) this.#fail(element);
      this.#half = found === pm ? 'pm' : 'am';
      this.#rest = this.#rest.slice(2);
    } else if (element === 'MST') {
      // An abbreviation: three or four capitals, with an offset behind GMT, or an offset alone.
      const taken = this.#take(/^(?:GMT[+-][0-9]{1,2}|[A-Z]{3,4}T?|[+-][0-9]{2})/, (text) => {
        this.#zone = text;
      });
      if (!taken) this.#fail(element);
    } else this.#zoneOffset(element);
  }

  #take(pattern: RegExp, use: (text: string) => void): boolean {
    const text = pattern.exec(this.#rest)?.[0];
    if (text === undefined) return false;
    use(text);
    this.#rest = this.#rest.slice(text.length);
    return true;
  }

  #number(
    element: string,
    { field, least, most }: { readonly field: Field; readonly least: number; readonly most: number },
  ): void {
    const before = this.#rest;
    if (element.startsWith('_')) this.#rest = this.#rest.replace(element === '_2' ? /^ / : /^ {1,2}/, '');
    const pattern = new RegExp(`^[0-9]{${least},${most}}`);
    const taken = this.#take(pattern, (text) => {
      const value = Number(text);
      this.#found.set(field, element === '06' ? value + (value >= 69 ? 1900 : 2000) : value);
    });
    if (!taken) {
      this.#rest = before;
      this.#fail(element);
    }
    const value = this.#found.get(field) ?? 0;
    if (
      (field === 'month' && (value < 1 || value > 12)) ||
      (field === 'hour' && value > (element === '15' ? 23 : 12)) ||
      ((field === 'minute' || field === 'second') && value > 59)
    )
      this.#fail(element, `: ${field} out of range`);
  }

  #name(names: readonly string[], element: string): number {
    const short = element.length === 3;
    const index = names.findIndex((name) => {
      const wanted = short ? name.slice(0, 3) : name;
      return this.#rest.slice(0, wanted.length).toLowerCase() === wanted.toLowerCase();
    });
    const found = names[index];
    if (found === undefined) this.#fail(element);
    this.#rest = this.#rest.slice(short ? 3 : found.length);
    return index;
  }

  #fraction(element: string): void {
    const exact = element[1] === '0' ? String(element.length - 1) : '1,';
    const taken = this.#take(new RegExp(`^[.,][0-9]{${exact}}`), (text) => this.#nanoseconds(text, element));
    if (!taken && element[1] === '0') this.#fail(element);
  }

  #nanoseconds(text: string, element: string): void {
    const digits = text.slice(1, 10);
    if (!/^[0-9]+$/.test(digits)) this.#fail(element);
    this.#nanosecond = Number(digits.padEnd(9, '0'));
  }

  #zoneOffset(element: string): void {
    if (element.startsWith('Z') && this.#rest.startsWith('Z')) {
      this.#rest = this.#rest.slice(1);
      this.#offset = 0;
      this.#zone = 'UTC';
      return;
    }
    const pattern = element.replace(/^[Z-]/, '([+-])').replaceAll(/0[07]/g, '([0-9]{2})');
    const match = new RegExp(`^${pattern}`).exec(this.#rest);
    if (match === null) this.#fail(element);
    const [whole, sign, hours = '0', minutes = '0', seconds = '0'] = match;
    this.#rest = this.#rest.slice(whole.length);
    if (Number(hours) > 24) this.#fail(element, ': time zone offset hour out of range');
    if (Number(minutes) > 60) this.#fail(element, ': time zone offset minute out of range');
    const total = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
    this.#offset = sign === '-' ? -total : total;
  }

  #moment(): Moment {
    const year = this.#found.get('year') ?? 0;
    const hour = this.#found.get('hour') ?? 0;
    const [month, day] = this.#date(year);
    const last = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
    if (day < 1 || day > last) this.#fail('', ': day out of range');
    return {
      year,
      month,
      day,
      hour: this.#half === 'pm' && hour < 12 ? hour + 12 : this.#half === 'am' && hour === 12 ? 0 : hour,
      minute: this.#found.get('minute') ?? 0,
      second: this.#found.get('second') ?? 0,
      nanosecond: this.#nanosecond,
      offset: this.#offset,
      zone: this.#zone,
    };
  }

  #date(year: number): readonly [month: number, day: number] {
    const yearDay = this.#found.get('yearDay');
    if (yearDay === undefined) return [this.#found.get('month') ?? 1, this.#found.get('day') ?? 1];
    const date = new Date(Date.UTC(2000 + (year % 400), 0, yearDay));
    if (yearDay < 1 || date.getUTCFullYear() !== 2000 + (year % 400))
      this.#fail('', ': day-of-year out of range');
    const [month, day] = [date.getUTCMonth() + 1, date.getUTCDate()];
    if ((this.#found.get('month') ?? month) !== month) this.#fail('', ': day-of-year does not match month');
    if ((this.#found.get('day') ?? day) !== day) this.#fail('', ': day-of-year does not match day');
    return [month, day];
  }
}
