import type { Functions } from '../template/function.ts';
import { CASING } from './casing.ts';
import { dateFunctions } from './dates.ts';
import { DEFAULTS } from './defaults.ts';
import { DICTS } from './dicts.ts';
import { ENCODING } from './encoding.ts';
import { environmentFunctions } from './environment.ts';
import { JSON_TEXT } from './json-text.ts';
import { LISTS } from './lists.ts';
import { NUMBERS } from './numbers.ts';
import { PATHS } from './paths.ts';
import { randomFunctions } from './random.ts';
import { REGEX } from './regex.ts';
import { SEMVER } from './semver.ts';
import { STRINGS } from './strings.ts';
import { URLS } from './url.ts';
import { WRAPPING } from './wrapping.ts';

/** What the functions need of the world; where it is missing they fail, but variables are empty. */
export interface World {
  readonly now?: (() => number) | undefined;
  readonly random?: (() => number) | undefined;
  readonly variables?: Readonly<Record<string, string | undefined>> | undefined;
}

/** The functions of sprig v3.3.0 for texts, without those that make keys, certificates and passwords. */
export function sprigFunctions({ now, random, variables = {} }: World): Functions {
  return new Map(
    Object.entries({
      ...STRINGS,
      ...CASING,
      ...WRAPPING,
      ...LISTS,
      ...DICTS,
      ...NUMBERS,
      ...DEFAULTS,
      ...JSON_TEXT,
      ...ENCODING,
      ...PATHS,
      ...REGEX,
      ...SEMVER,
      ...URLS,
      ...environmentFunctions(variables),
      // As Go does it, the zone of a process is that of TZ.
      ...dateFunctions({ now: now ?? missing('clock'), zone: variables['TZ'] }),
      ...randomFunctions(random ?? missing('source of chance')),
    }),
  );
}

function missing(what: string): () => never {
  return () => {
    throw new Error(`there is no ${what} here`);
  };
}

/** The functions of sprig that are left out. */
export const LEFT_OUT: ReadonlySet<string> = new Set([
  'bcrypt',
  'buildCustomCert',
  'decryptAES',
  'derivePassword',
  'encryptAES',
  'genCA',
  'genCAWithKey',
  'genPrivateKey',
  'genSelfSignedCert',
  'genSelfSignedCertWithKey',
  'genSignedCert',
  'genSignedCertWithKey',
  'getHostByName',
  'htpasswd',
]);
