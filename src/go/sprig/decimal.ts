/** A decimal number: `digits` times ten to the power `exponent`. */
export interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/** How many digits after the point a quotient has. */
const PRECISION = 16;

/** The decimal with the fewest digits that reads as this float64; throws for what is no number. */
export function fromFloat(value: number): Decimal {
  if (!Number.isFinite(value)) {
    const name = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
    throw new Error(`Cannot create a Decimal from ${name}`);
  }
  const [mantissa = '0', power = '0'] = value.toExponential().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(power) - fraction.length };
}

/** The float64 nearest to a decimal. */
export function toFloat({ digits, exponent }: Decimal): number {
  return Number(`${digits}e${exponent}`);
}

/** The sum of two decimals. */
export function add(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent);
  return { digits: scaled(a, exponent) + scaled(b, exponent), exponent };
}

/** The difference of two decimals. */
export function subtract(a: Decimal, b: Decimal): Decimal {
  return add(a, { digits: -b.digits, exponent: b.exponent });
}

/** The product of two decimals. */
export function multiply(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, exponent: a.exponent + b.exponent };
}

/** The quotient of two decimals to 16 digits after the point, half away from zero. */
export function divide(a: Decimal, b: Decimal): Decimal {
  if (b.digits === 0n) throw new Error('decimal division by 0');
  const shift = a.exponent - b.exponent + PRECISION;
  const dividend = shift > 0 ? a.digits * 10n ** BigInt(shift) : a.digits;
  const divisor = shift < 0 ? b.digits * 10n ** BigInt(-shift) : b.digits;
  const quotient = dividend / divisor;
  const remainder = dividend % divisor;
  const away = 2n * magnitude(remainder) >= magnitude(divisor);
  const sign = dividend < 0n === divisor < 0n ? 1n : -1n;
  return { digits: away ? quotient + sign : quotient, exponent: -PRECISION };
}

function scaled({ digits, exponent }: Decimal, to: number): bigint {
  return digits * 10n ** BigInt(exponent - to);
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
