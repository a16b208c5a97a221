import { type Decimal, exact, round, shortest } from '../decimal.ts';

/** Go's `strconv.FormatFloat(value, verb, precision, 64)`; without a precision the shortest that reads back the same. */
export function formatFloat(value: number, verb: 'e' | 'f' | 'g', precision: number | undefined): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const magnitude = Math.abs(value);
  if (verb === 'g') return sign + general(magnitude, precision);
  if (precision === undefined) {
    const decimal = shortest(magnitude);
    const count =
      verb === 'e' ? decimal.digits.length - 1 : Math.max(decimal.digits.length - decimal.point, 0);
    return sign + (verb === 'e' ? exponential(decimal, count) : plain(decimal, count));
  }
  const decimal = exact(magnitude);
  return verb === 'e'
    ? sign + exponential(round(decimal, precision + 1), precision)
    : sign + plain(round(decimal, decimal.point + precision), precision);
}

function general(magnitude: number, precision: number | undefined): string {
  const wanted = precision === 0 ? 1 : precision;
  const decimal = wanted === undefined ? shortest(magnitude) : trim(round(exact(magnitude), wanted));
  const { digits, point } = decimal;
  // As strconv has it: without a precision, six digits decide whether there is an exponent.
  let threshold = wanted ?? 6;
  if (wanted !== undefined && wanted > digits.length && digits.length >= point) threshold = digits.length;
  const exponent = point - 1;
  return exponent < -4 || exponent >= threshold
    ? exponential(decimal, digits.length - 1)
    : plain(decimal, Math.max(digits.length - point, 0));
}

function exponential({ digits, point }: Decimal, count: number): string {
  const exponent = Number(digits) === 0 ? 0 : point - 1;
  const padded = digits.padEnd(count + 1, '0');
  const fraction = count > 0 ? `.${padded.slice(1, count + 1)}` : '';
  const power = String(Math.abs(exponent)).padStart(2, '0');
  return `${padded[0] ?? '0'}${fraction}e${exponent < 0 ? '-' : '+'}${power}`;
}

function plain({ digits, point }: Decimal, count: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  const fraction = '0'.repeat(Math.max(-point, 0)) + digits.slice(Math.max(point, 0));
  return count > 0 ? `${whole}.${fraction.slice(0, count).padEnd(count, '0')}` : whole;
}

function trim({ digits, point }: Decimal): Decimal {
  return { digits: digits.replace(/0+$/, '') || '0', point };
}
