const UNITS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['μs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);
const DURATION = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;
/** Go's durations are int64 nanoseconds: 292 years. */
const LONGEST = 2 ** 63 / 1e6;

/** Milliseconds of a Go duration such as `1h30m` or `0` (https://pkg.go.dev/time#ParseDuration); `undefined` if it is none. */
export function parseDuration(text: string): number | undefined {
  if (/^[+-]?0$/.test(text)) return 0;
  const [, sign, parts] = DURATION.exec(text) ?? [];
  if (parts === undefined) return undefined;
  let sum = 0;
  for (const [, count, unit] of parts.matchAll(PART)) sum += Number(count) * (UNITS.get(unit ?? '') ?? 0);
  if (sum >= LONGEST) return undefined;
  return sign === '-' && sum > 0 ? -sum : sum;
}

/** Milliseconds as Go prints a duration: `5m0s`, `1.5s`, `250ms`, `0s`. */
export function formatDuration(milliseconds: number): string {
  const sign = milliseconds < 0 ? '-' : '';
  const total = Math.abs(milliseconds);
  if (total === 0) return '0s';
  if (total < 1e-3) return `${sign}${Math.round(total * 1e6)}ns`;
  if (total < 1) return `${sign}${decimals(total * 1e3, 3)}µs`;
  if (total < 1000) return `${sign}${decimals(total, 6)}ms`;
  const hours = Math.floor(total / 3_600_000);
  const minutes = Math.floor((total % 3_600_000) / 60_000);
  const seconds = `${decimals((total % 60_000) / 1000, 9)}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : sign + seconds;
}

function decimals(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
