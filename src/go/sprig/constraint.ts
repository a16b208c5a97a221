import type { ByteString } from '../template/text.ts';
import { comparePrereleases, compareVersions, parseVersion, type Version } from './version.ts';

const OPERATOR = String.raw`=||!=|>|<|>=|=>|<=|=<|~|~>|\^`;
const NUMBERS = String.raw`v?([0-9|xX*]+)(\.[0-9|xX*]+)?(\.[0-9|xX*]+)?`;
const SUFFIX = String.raw`(-(?:[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(\+(?:[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?`;
const BARE = (NUMBERS + SUFFIX).replaceAll(/\((?!\?)/g, '(?:');
const ONE = new RegExp(String.raw`^\s*(${OPERATOR})\s*${NUMBERS}${SUFFIX}\s*$`);
const EACH = new RegExp(String.raw`(?:${OPERATOR})\s*(?:${BARE})`, 'g');
const ALL = new RegExp(
  String.raw`^(?:\s*(?:${OPERATOR})\s*(?:${BARE})\s*)(?:(?:\s+|,\s*)(?:${OPERATOR})\s*(?:${BARE})\s*)*$`,
);
const RANGE = new RegExp(String.raw`\s*(${BARE})\s+-\s+(${BARE})\s*`, 'g');

/** A condition such as `>= 1.2` or `~1.x`, whose numbers may be left out from the end. */
interface Condition {
  readonly operator: string;
  readonly version: Version;
  /** How many of the three numbers are given. */
  readonly given: number;
}

/** Whether a version meets a constraint in the syntax of Masterminds' semver v3.3; throws its errors. */
export function meetsConstraint(constraint: ByteString, version: ByteString): boolean {
  const alternatives = parseConstraint(constraint);
  const checked = parseVersion(version);
  return alternatives.some((conditions) => conditions.every((condition) => meets(checked, condition)));
}

function parseConstraint(text: ByteString): readonly (readonly Condition[])[] {
  const ranged = text.replace(RANGE, (_, from, to) => `>= ${from}, <= ${to} `);
  return ranged.split('||').map((alternative) => {
    if (!ALL.test(alternative)) throw new Error(`improper constraint: ${alternative}`);
    return (alternative.match(EACH) ?? [alternative]).map(parseCondition);
  });
}

function parseCondition(text: string): Condition {
  const match = ONE.exec(text);
  if (match === null) throw new Error(`improper constraint: ${text}`);
  const [, operator = '', major = '', minor = '', patch = '', prerelease = ''] = match;
  const numbers = [major, minor.slice(1), patch.slice(1)];
  const open = numbers.findIndex((number) => ['', 'x', 'X', '*'].includes(number));
  const given = open < 0 ? 3 : open;
  const filled = numbers.map((number, index) => (index < given ? number : '0')).join('.');
  try {
    return { operator, version: parseVersion(filled + prerelease), given };
  } catch (error) {
    throw new Error('constraint Parser Error', { cause: error });
  }
}

function meets(version: Version, condition: Condition): boolean {
  const { operator, version: wanted, given } = condition;
  const order = compareVersions(version, wanted);
  const differs = [0, 1, 2].findIndex((place) => version.numbers[place] !== wanted.numbers[place]);
  const hidden = version.prerelease !== '' && wanted.prerelease === '';
  if (operator === '!=') return given < 3 ? !hidden && differsOpenly(version, condition) : order !== 0;
  // A constraint without a prerelease is not met by one.
  if (hidden) return false;
  switch (operator) {
    case '>':
      return given < 3 ? isAbove(version, condition) : order > 0;
    case '<':
      return order < 0;
    case '>=':
    case '=>':
      return order >= 0;
    case '<=':
    case '=<':
      return given < 3 ? !isBeyond(version, condition) : order <= 0;
    case '^':
      return order >= 0 && isCompatible(version, condition);
    case '':
    case '=':
      if (given === 3) return order === 0;
      break;
    default:
  }
  if (order < 0) return false;
  if (wanted.numbers.every((number) => number === 0n) && (given === 0 || given === 3)) return true;
  return differs < 0 || differs >= Math.min(given, 2);
}

/** `!=` of a constraint that leaves numbers out. */
function differsOpenly(version: Version, { version: wanted, given }: Condition): boolean {
  const [major, minor] = wanted.numbers;
  if (version.numbers[0] !== major) return true;
  if (version.numbers[1] !== minor && given !== 1) return true;
  if (given === 1) return false;
  if (given === 2)
    return (
      (version.prerelease !== '' || wanted.prerelease !== '') &&
      comparePrereleases(version.prerelease, wanted.prerelease) !== 0
    );
  return version.numbers[2] !== wanted.numbers[2] || compareVersions(version, wanted) !== 0;
}

/** `>` of a constraint that leaves numbers out: above all that it could mean. */
function isAbove(version: Version, { version: wanted, given }: Condition): boolean {
  const [major, minor] = wanted.numbers;
  if (version.numbers[0] !== major) return version.numbers[0] > major;
  if (given === 1) return false;
  return given === 2 ? version.numbers[1] > minor : compareVersions(version, wanted) > 0;
}

/** The opposite of `<=` for a constraint that leaves numbers out. */
function isBeyond(version: Version, { version: wanted, given }: Condition): boolean {
  const [major, minor] = wanted.numbers;
  if (version.numbers[0] !== major) return version.numbers[0] > major;
  return version.numbers[1] > minor && given !== 1;
}

/** `^`: the leftmost number that is given and not 0 stays. */
function isCompatible(version: Version, { version: wanted, given }: Condition): boolean {
  const [major, minor, patch] = wanted.numbers;
  if (major > 0n || given === 1 || version.numbers[0] > 0n) return version.numbers[0] === major;
  if (minor > 0n || given === 2 || version.numbers[1] > 0n) return version.numbers[1] === minor;
  return version.numbers[2] === patch;
}
