import { quote } from '../template/quote.ts';
import type { TemplateFunction } from '../template/function.ts';
import type { ByteString } from '../template/text.ts';
import { Foreign, Integer, type Value } from '../template/value.ts';

/** Letters, digits and hyphens in parts, after a hyphen and after a plus sign. */
const SUFFIX = String.raw`(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?`;
const VERSION = new RegExp(String.raw`^v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?${SUFFIX}$`);
const MAX_UINT = 2n ** 64n - 1n;

/** A semantic version, of which minor and patch may be left out. */
export class Version extends Foreign {
  readonly type = '*semver.Version';
  readonly kind = 'ptr';
  readonly isTrue = true;
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly prerelease: string;
  readonly metadata: string;
  readonly original: string;

  constructor(
    numbers: readonly [bigint, bigint, bigint],
    parts: { readonly prerelease: string; readonly metadata: string; readonly original?: string },
  ) {
    super();
    this.numbers = numbers;
    this.prerelease = parts.prerelease;
    this.metadata = parts.metadata;
    this.original = parts.original ?? this.text();
  }

  text(): string {
    const pre = this.prerelease === '' ? '' : `-${this.prerelease}`;
    return this.numbers.join('.') + pre + (this.metadata === '' ? '' : `+${this.metadata}`);
  }

  json(): string {
    return `"${this.text()}"`;
  }

  method(name: ByteString): TemplateFunction | undefined {
    const read = this.#property(name);
    if (read !== undefined) return { parameters: [], apply: read };
    const judge = COMPARISONS.get(name);
    if (judge === undefined) return undefined;
    return {
      parameters: ['*semver.Version'],
      apply: ([other]) => judge(other instanceof Version ? compareVersions(this, other) : 0),
    };
  }

  #property(name: ByteString): (() => Value) | undefined {
    const place = ['Major', 'Minor', 'Patch'].indexOf(name);
    if (place >= 0) return () => new Integer('uint64', this.numbers[place] ?? 0n);
    switch (name) {
      case 'Prerelease':
        return () => this.prerelease;
      case 'Metadata':
        return () => this.metadata;
      case 'Original':
        return () => this.original;
      case 'String':
        return () => this.text();
      case 'IncMajor':
      case 'IncMinor':
      case 'IncPatch':
        return () => this.#next(name);
      default:
        return undefined;
    }
  }

  #next(name: 'IncMajor' | 'IncMinor' | 'IncPatch'): Version {
    const [major, minor, patch] = this.numbers;
    const bare = { prerelease: '', metadata: '' };
    if (name === 'IncMajor') return new Version([major + 1n, 0n, 0n], bare);
    if (name === 'IncMinor') return new Version([major, minor + 1n, 0n], bare);
    return new Version([major, minor, this.prerelease === '' ? patch + 1n : patch], bare);
  }
}

const COMPARISONS: ReadonlyMap<string, (order: number) => Value> = new Map<string, (order: number) => Value>([
  ['Compare', BigInt],
  ['Equal', (order) => order === 0],
  ['LessThan', (order) => order < 0],
  ['LessThanEqual', (order) => order <= 0],
  ['GreaterThan', (order) => order > 0],
  ['GreaterThanEqual', (order) => order >= 0],
]);

/** Reads a version as Masterminds' semver does: `v1.2` is one; throws its errors. */
export function parseVersion(text: ByteString): Version {
  const match = VERSION.exec(text);
  if (match === null) throw new Error('Invalid Semantic Version');
  const [, major = '0', minor = '0', patch = '0', prerelease = '', metadata = ''] = match;
  const numbers = [segment(major), segment(minor), segment(patch)] as const;
  if (prerelease.split('.').some((part) => /^0[0-9]+$/.test(part)))
    throw new Error('Version segment starts with 0');
  return new Version(numbers, { prerelease, metadata, original: text });
}

function segment(digits: string): bigint {
  const value = BigInt(digits);
  if (value <= MAX_UINT) return value;
  throw new Error(
    `Error parsing version segment: strconv.ParseUint: parsing ${quote(digits)}: value out of range`,
  );
}

/** Below 0, 0 or above 0 as the first version is lower, equal or higher; metadata does not count. */
export function compareVersions(a: Version, b: Version): number {
  for (const [index, number] of a.numbers.entries()) {
    const other = b.numbers[index] ?? 0n;
    if (number !== other) return number < other ? -1 : 1;
  }
  if (a.prerelease === b.prerelease) return 0;
  if (a.prerelease === '' || b.prerelease === '') return a.prerelease === '' ? 1 : -1;
  return comparePrereleases(a.prerelease, b.prerelease);
}

/** Part by part: numbers by value and below words, words by their bytes, the longer one higher. */
export function comparePrereleases(a: string, b: string): number {
  const [left, right] = [a.split('.'), b.split('.')];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const [one, other] = [left[at] ?? '', right[at] ?? ''];
    if (one !== other) return comparePart(one, other);
  }
  return 0;
}

function comparePart(one: string, other: string): number {
  if (one === '' || other === '') return one === '' ? -1 : 1;
  const numbers = [one, other].map((part) => /^[0-9]+$/.test(part));
  if (numbers[0] !== numbers[1]) return numbers[0] === true ? -1 : 1;
  if (numbers[0] === true) return BigInt(one) > BigInt(other) ? 1 : -1;
  return one > other ? 1 : -1;
}
