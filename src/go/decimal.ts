/** A finite positive number in decimal: 0.DIGITS times ten to the power `point`. */
export interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/** The fewest digits that read back as the same float64. */
export function shortest(magnitude: number): Decimal {
  const [digits = '0', exponent = '0'] = magnitude.toExponential().split('e');
  return { digits: digits.replace('.', ''), point: Number(exponent) + 1 };
}

/** Every digit of a float64, of which a decimal fraction has finitely many. */
export function exact(magnitude: number): Decimal {
  if (magnitude === 0) return { digits: '0', point: 1 };
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, magnitude);
  const word = bits.getBigUint64(0);
  const biased = Number(word >> 52n);
  const fraction = word & ((1n << 52n) - 1n);
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  const power = Math.max(biased, 1) - 1075;
  if (power >= 0) {
    const digits = String(mantissa << BigInt(power));
    return { digits, point: digits.length };
  }
  const digits = String(mantissa * 5n ** BigInt(-power));
  return { digits, point: digits.length + power };
}

/** The first `count` digits, half to even; possibly none. */
export function round({ digits, point }: Decimal, count: number): Decimal {
  if (count >= digits.length) return { digits, point };
  if (count < 0) return { digits: '', point };
  const kept = digits.slice(0, count);
  const rest = digits.slice(count);
  const half = `5${'0'.repeat(rest.length - 1)}`;
  const odd = Number(kept.at(-1) ?? '0') % 2 === 1;
  if (rest < half || (rest === half && !odd)) return { digits: kept, point };
  const raised = String(BigInt(`0${kept}`) + 1n).padStart(count, '0');
  return raised.length > count ? { digits: raised, point: point + 1 } : { digits: raised, point };
}
