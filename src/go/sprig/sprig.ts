import type { Functions } from '../template/function.ts';
import { casingFunctions } from './casing.ts';
import { dateFunctions } from './dates.ts';
import { defaultFunctions } from './defaults.ts';
import { dictFunctions } from './dicts.ts';
import { encodingFunctions } from './encoding.ts';
import { environmentFunctions } from './environment.ts';
import { jsonFunctions } from './json-text.ts';
import { listFunctions } from './lists.ts';
import { numberFunctions } from './numbers.ts';
import { pathFunctions } from './paths.ts';
import { randomFunctions } from './random.ts';
import { regexFunctions } from './regex.ts';
import { semverFunctions } from './semver.ts';
import { stringFunctions } from './strings.ts';
import { urlFunctions } from './url.ts';
import { wrappingFunctions } from './wrapping.ts';

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
      ...stringFunctions(),
      ...casingFunctions(),
      ...wrappingFunctions(),
      ...listFunctions(),
      ...dictFunctions(),
      ...numberFunctions(),
      ...defaultFunctions(),
      ...jsonFunctions(),
      ...encodingFunctions(),
      ...pathFunctions(),
      ...regexFunctions(),
      ...semverFunctions(),
      ...urlFunctions(),
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
