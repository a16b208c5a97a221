import { type ByteString, fromBytes } from '../template/text.ts';
import { Integer, type Value } from '../template/value.ts';
import { define, type Family, ofAny } from './define.ts';
import { formatDuration, parseDuration, roundDuration } from './duration.ts';
import { Time, ZERO_TIME } from './time.ts';
import { parseMoment } from './time-parse.ts';
import { findZone, fixedZone, UTC, type Zone } from './zone.ts';

const SECOND = 1_000_000_000n;

/** What the functions of dates need to know: milliseconds since 1970, and the name of the local zone if it is set. */
export interface Here {
  readonly now: () => number;
  readonly zone: string | undefined;
}

/** Functions of dates. */
export function dateFunctions(here: Here): Family {
  const dates = new Dates(here);
  const inZone = define(['string', 'interface {}', 'string'], (args) =>
    dates.format(args.text(0), args.any(1), args.text(2)),
  );
  const modify = define(['string', 'time.Time'], (args) => dates.modify(args.text(0), args.any(1), false));
  const mustModify = define(['string', 'time.Time'], (args) => dates.modify(args.text(0), args.any(1), true));
  return {
    now: define([], () => dates.now()),
    ago: ofAny((date) => dates.ago(date)),
    date: define(['string', 'interface {}'], (args) => dates.format(args.text(0), args.any(1), 'Local')),
    dateInZone: inZone,
    date_in_zone: inZone,
    dateModify: modify,
    date_modify: modify,
    mustDateModify: mustModify,
    must_date_modify: mustModify,
    htmlDate: ofAny((date) => dates.format('2006-01-02', date, 'Local')),
    htmlDateInZone: define(['interface {}', 'string'], (args) =>
      dates.format('2006-01-02', args.any(0), args.text(1)),
    ),
    toDate: define(['string', 'string'], (args) => dates.parse(args.text(0), args.text(1), false)),
    mustToDate: define(['string', 'string'], (args) => dates.parse(args.text(0), args.text(1), true)),
    unixEpoch: define(['time.Time'], (args) => String(seconds(nanosecondsOf(args.any(0)) ?? 0n))),
    duration: ofAny((value) => formatDuration(secondsOf(value) * SECOND)),
    durationRound: ofAny((value) => roundDuration(dates.span(value))),
  };
}

class Dates {
  readonly #here: Here;

  constructor(here: Here) {
    this.#here = here;
  }

  now(): Time {
    return new Time(BigInt(Math.trunc(this.#here.now())) * 1_000_000n, this.#local());
  }

  #local(): Zone {
    return findZone(this.#here.zone) ?? UTC;
  }

  /** A date, or now for what is none. */
  #instant(value: Value): bigint {
    return nanosecondsOf(value) ?? this.now().nanoseconds;
  }

  format(layout: ByteString, date: Value, zone: ByteString): ByteString {
    const place = zone === 'Local' ? this.#local() : (findZone(fromBytes(zone)) ?? UTC);
    return new Time(this.#instant(date), place).format(layout);
  }

  ago(date: Value): ByteString {
    const elapsed = this.now().nanoseconds - this.#instant(date);
    const half = elapsed < 0n ? -SECOND / 2n : SECOND / 2n;
    return formatDuration(((elapsed + half) / SECOND) * SECOND);
  }

  modify(by: ByteString, date: Value, mustParse: boolean): Value {
    if (!(date instanceof Time)) return date;
    try {
      return new Time(date.nanoseconds + parseDuration(by), date.zone);
    } catch (error) {
      if (mustParse) throw error;
      return date;
    }
  }

  parse(layout: ByteString, text: ByteString, mustParse: boolean): Time {
    try {
      return this.#parse(layout, text);
    } catch (error) {
      if (mustParse) throw error;
      return new Time(ZERO_TIME, UTC);
    }
  }

  #parse(layout: ByteString, text: ByteString): Time {
    const moment = parseMoment(layout, text);
    const date = new Date(0);
    date.setUTCFullYear(moment.year, moment.month - 1, moment.day);
    date.setUTCHours(moment.hour, moment.minute, moment.second);
    const milliseconds = date.getTime();
    const local = this.#local();
    const at = (offset: number, zone: Zone): Time =>
      new Time(BigInt(milliseconds - offset * 1000) * 1_000_000n + BigInt(moment.nanosecond), zone);
    const { offset, zone } = moment;
    if (zone === 'UTC') return at(offset ?? 0, UTC);
    if (offset !== undefined) {
      const here = local.at(milliseconds - offset * 1000);
      const known = here.offset === offset && (zone === undefined || zone === here.name);
      return at(offset, known ? local : fixedZone(offset, zone));
    }
    const here = local.at(milliseconds - local.at(milliseconds).offset * 1000);
    if (zone === undefined || zone === here.name) return at(here.offset, local);
    const [, hours] = /^GMT([+-][0-9]+)$/.exec(zone) ?? [];
    const fixed = Number(hours ?? 0) * 3600;
    return at(fixed, fixedZone(fixed, zone));
  }

  /** The nanoseconds of a duration's text, of an int64, or since a date. */
  span(value: Value): bigint {
    if (value instanceof Time) return this.now().nanoseconds - value.nanoseconds;
    if (value instanceof Integer) return value.type === 'int64' ? value.value : 0n;
    if (typeof value !== 'string') return 0n;
    try {
      return parseDuration(value);
    } catch {
      return 0n;
    }
  }
}

function nanosecondsOf(value: Value): bigint | undefined {
  if (value instanceof Time) return value.nanoseconds;
  if (typeof value === 'bigint') return value * SECOND;
  return value instanceof Integer && value.type.startsWith('int') ? value.value * SECOND : undefined;
}

function seconds(nanoseconds: bigint): bigint {
  return nanoseconds < 0n && nanoseconds % SECOND !== 0n ? nanoseconds / SECOND - 1n : nanoseconds / SECOND;
}

/** As in sprig an int is no number of seconds, only an int64 or a text is. */
function secondsOf(value: Value): bigint {
  if (value instanceof Integer && value.type === 'int64') return value.value;
  return typeof value === 'string' && /^[+-]?[0-9]{1,18}$/.test(value) ? BigInt(value.replace('+', '')) : 0n;
}
