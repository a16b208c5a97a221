import { quote } from '../template/quote.ts';
import type { ByteString } from '../template/text.ts';

/** Nanoseconds in the units of Go's durations. */
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1000n],
  // The micro sign and the Greek letter, in UTF-8.
  ['\xc2\xb5s', 1000n],
  ['\xce\xbcs', 1000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);
const SECOND = 1_000_000_000n;
const LIMIT = 2n ** 63n;

/** Nanoseconds as Go prints a duration: `1h2m3.5s`. */
export function formatDuration(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? '-' : '';
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (size === 0n) return '0s';
  if (size < 1000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${fraction(size, 1000n)}\xc2\xb5s`;
  if (size < SECOND) return `${sign}${fraction(size, 1_000_000n)}ms`;
  const seconds = `${fraction(size % (60n * SECOND), SECOND)}s`;
  const minutes = size / (60n * SECOND);
  if (minutes === 0n) return sign + seconds;
  return minutes < 60n
    ? `${sign}${minutes}m${seconds}`
    : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function fraction(value: bigint, unit: bigint): string {
  const digits = String(value % unit)
    .padStart(String(unit).length - 1, '0')
    .replace(/0+$/, '');
  return digits === '' ? String(value / unit) : `${value / unit}.${digits}`;
}

/** The nanoseconds of a duration such as `-1.5h`; throws Go's errors. */
export function parseDuration(text: ByteString): bigint {
  const [, sign = '', body = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (body === '0') return 0n;
  const shown = quote(text);
  if (body === '') throw new Error(`time: invalid duration ${shown}`);
  let total = 0n;
  let rest = body;
  while (rest !== '') {
    const [matched = '', whole = '', , decimals = ''] = /^([0-9]*)(\.([0-9]*))?/.exec(rest) ?? [];
    if (whole === '' && decimals === '') throw new Error(`time: invalid duration ${shown}`);
    const name = /^[^.0-9]*/.exec(rest.slice(matched.length))?.[0] ?? '';
    if (name === '') throw new Error(`time: missing unit in duration ${shown}`);
    const unit = UNITS.get(name);
    if (unit === undefined) throw new Error(`time: unknown unit ${quote(name)} in duration ${shown}`);
    total += BigInt(whole || '0') * unit + (BigInt(decimals || '0') * unit) / 10n ** BigInt(decimals.length);
    if (total > LIMIT) throw new Error(`time: invalid duration ${shown}`);
    rest = rest.slice(matched.length + name.length);
  }
  if (sign !== '-' && total === LIMIT) throw new Error(`time: invalid duration ${shown}`);
  return sign === '-' ? -total : total;
}

/** sprig's `durationRound`: the greatest unit of which there is more than one whole. */
export function roundDuration(nanoseconds: bigint): string {
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const hour = 3600n * SECOND;
  const units: readonly (readonly [string, bigint])[] = [
    ['y', 8760n * hour],
    ['mo', 720n * hour],
    ['d', 24n * hour],
    ['h', hour],
    ['m', 60n * SECOND],
    ['s', SECOND],
  ];
  const [name, unit] = units.find(([, candidate]) => size > candidate) ?? ['s', 0n];
  return unit === 0n ? '0s' : `${size / unit}${name}`;
}
