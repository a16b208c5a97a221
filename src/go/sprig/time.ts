import type { TemplateFunction } from '../template/function.ts';
import type { ByteString } from '../template/text.ts';
import { Foreign, Integer, type Value } from '../template/value.ts';
import { type Arguments, define } from './define.ts';
import { formatDuration } from './duration.ts';
import { type Clock, formatClock } from './time-format.ts';
import { MONTHS, WEEKDAYS } from './time-layout.ts';
import { UTC, type Zone } from './zone.ts';

/** The first of January of the year 1, in nanoseconds since 1970: Go's zero time. */
export const ZERO_TIME = -62_135_596_800_000_000_000n;

/** Go's `time.Time`. */
export class Time extends Foreign {
  readonly type = 'time.Time';
  readonly kind = 'struct';
  readonly isTrue = true;
  /** Since 1970. */
  readonly nanoseconds: bigint;
  readonly zone: Zone;

  constructor(nanoseconds: bigint, zone: Zone) {
    super();
    this.nanoseconds = nanoseconds;
    this.zone = zone;
  }

  format(layout: ByteString): ByteString {
    return formatClock(this.clock(), layout);
  }

  text(): ByteString {
    return this.format('2006-01-02 15:04:05.999999999 -0700 MST');
  }

  json(): ByteString {
    return `"${this.format('2006-01-02T15:04:05.999999999Z07:00')}"`;
  }

  method(name: ByteString): TemplateFunction | undefined {
    return METHODS.get(name)?.(this);
  }

  clock(): Clock {
    const nanosecond = Number(BigInt.asUintN(64, ((this.nanoseconds % SECOND) + SECOND) % SECOND));
    const milliseconds = Number((this.nanoseconds - BigInt(nanosecond)) / 1_000_000n);
    const { offset, name } = this.zone.at(milliseconds);
    const date = new Date(milliseconds + offset * 1000);
    const year = date.getUTCFullYear();
    const newYear = new Date(date);
    newYear.setUTCMonth(0, 1);
    return {
      year,
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      weekday: date.getUTCDay(),
      yearDay: Math.round((date.getTime() - newYear.getTime()) / 86_400_000) + 1,
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
      nanosecond,
      offset,
      zone: name,
    };
  }
}

/** What a value of a type with a `String` method is printed as: `time.Month` and `time.Duration`. */
class Named extends Foreign {
  readonly type: string;
  readonly kind: 'int' | 'int64';
  readonly number: bigint;
  readonly #text: string;

  constructor(type: string, kind: 'int' | 'int64', number: bigint, text: string) {
    super();
    this.type = type;
    this.kind = kind;
    this.number = number;
    this.#text = text;
  }

  get isTrue(): boolean {
    return this.number !== 0n;
  }

  text(): ByteString {
    return this.#text;
  }

  json(): ByteString {
    return String(this.number);
  }

  method(name: ByteString): TemplateFunction | undefined {
    return name === 'String' ? define([], () => this.#text) : undefined;
  }
}

const SECOND = 1_000_000_000n;

function field(read: (clock: Clock) => number): (time: Time) => TemplateFunction {
  return (time) => define([], () => BigInt(read(time.clock())));
}

function compared(judge: (a: bigint, b: bigint) => Value): (time: Time) => TemplateFunction {
  return (time) => define(['time.Time'], (args) => judge(time.nanoseconds, instant(args)));
}

function instant(args: Arguments): bigint {
  const other = args.any(0);
  return other instanceof Time ? other.nanoseconds : ZERO_TIME;
}

const METHODS: ReadonlyMap<string, (time: Time) => TemplateFunction> = new Map([
  ['Format', (time: Time) => define(['string'], (args) => time.format(args.text(0)))],
  ['String', (time: Time) => define([], () => time.text())],
  ['UTC', (time: Time) => define([], () => new Time(time.nanoseconds, UTC))],
  ['IsZero', (time: Time) => define([], () => time.nanoseconds === ZERO_TIME)],
  ['Unix', (time: Time) => define([], () => new Integer('int64', floor(time.nanoseconds, SECOND)))],
  ['UnixMilli', (time: Time) => define([], () => new Integer('int64', floor(time.nanoseconds, 1_000_000n)))],
  ['UnixNano', (time: Time) => define([], () => new Integer('int64', time.nanoseconds))],
  ['Year', field((clock) => clock.year)],
  ['Day', field((clock) => clock.day)],
  ['YearDay', field((clock) => clock.yearDay)],
  ['Hour', field((clock) => clock.hour)],
  ['Minute', field((clock) => clock.minute)],
  ['Second', field((clock) => clock.second)],
  ['Nanosecond', field((clock) => clock.nanosecond)],
  [
    'Month',
    (time: Time) => define([], () => named('time.Month', time.clock().month, MONTHS[time.clock().month - 1])),
  ],
  [
    'Weekday',
    (time: Time) =>
      define([], () => named('time.Weekday', time.clock().weekday, WEEKDAYS[time.clock().weekday])),
  ],
  ['After', compared((a, b) => a > b)],
  ['Before', compared((a, b) => a < b)],
  ['Equal', compared((a, b) => a === b)],
  ['Sub', compared((a, b) => new Named('time.Duration', 'int64', a - b, formatDuration(a - b)))],
]);

function named(type: string, number: number, text: string | undefined): Named {
  return new Named(type, 'int', BigInt(number), text ?? '');
}

function floor(value: bigint, unit: bigint): bigint {
  return value < 0n && value % unit !== 0n ? value / unit - 1n : value / unit;
}
