import type { Clock, Environment } from '../http/index.ts';
import { CloudFault, type CloudFaultReason } from './cloud-fault.ts';
import { type CloudTransport, cloudTransport } from './cloud-http.ts';
import { GOOGLE_LIFETIME } from './google.ts';
import {
  KEY_FILE,
  type KeyFileToken,
  keyFileToken,
  namedKeyFileToken,
  wellKnownFile,
} from './google-key-file.ts';
import { metadataToken, NO_IDENTITY } from './google-metadata.ts';
import { shortlyBefore, type Token, TokenCache } from './token-cache.ts';

/** An access token of scope `cloud-platform`. */
export interface GoogleBearer {
  readonly token: string;
  /** The project that is charged for requests, for the header `x-goog-user-project`. */
  readonly quotaProject?: string;
}

export interface GoogleTokens {
  /** One purchase for all who wait, kept to its end and renewed before it. Throws `CredentialError`, or the signal's reason. */
  token(signal: AbortSignal): Promise<GoogleBearer>;
  /** The API would not take the token: the next one is a new one. */
  refused(token: string): void;
}

export interface GoogleTokensOptions {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly random?: () => number;
  readonly transport?: CloudTransport;
}

interface Bought {
  readonly value: GoogleBearer;
  /** In milliseconds since the epoch; undefined where nothing says it. */
  readonly expires: number | undefined;
}

const LOGIN = '"gcloud auth application-default login"';
/** A metadata server of GKE refuses connections in a pod's first seconds. */
const PASSING = new Set<CloudFaultReason>(['no_identity', 'timeout', 'throttled', 'unavailable']);
const TRIES = 3;
const PAUSE = 1000;

/**
 * Tokens by Application Default Credentials (https://cloud.google.com/docs/authentication/application-default-credentials):
 * of the file that `GOOGLE_APPLICATION_CREDENTIALS` names, else of gcloud's file, else of the metadata server. Nothing is
 * read or asked before the first token is wanted.
 */
export function googleTokens({
  environment,
  clock,
  random = Math.random,
  transport = cloudTransport({ variables: environment.variables, nodeVersion: process.versions.node }),
}: GoogleTokensOptions): GoogleTokens {
  const cache = new TokenCache<GoogleBearer>({ clock, random, renewAt: shortlyBefore });
  let current: string | undefined;
  let generation = 0;
  const buy = async (): Promise<Token<GoogleBearer>> => {
    const unending = new AbortController().signal;
    for (let tries = 1; ; tries += 1) {
      try {
        const { value, expires = clock.now() + GOOGLE_LIFETIME } = await buyOnce(
          environment,
          transport,
          clock,
        );
        return { value, expires };
      } catch (error) {
        const isPassing = error instanceof CloudFault && PASSING.has(error.reason);
        if (!isPassing || tries === TRIES) throw error;
        await clock.sleep(PAUSE * tries * (0.5 + random() / 2), unending);
      }
    }
  };
  return {
    token: async (signal) => {
      const bearer = await cache.get(String(generation), buy, signal);
      current = bearer.token;
      return bearer;
    },
    refused: (token) => {
      // Of many requests with the same token only the first is news.
      if (token !== current) return;
      current = undefined;
      generation += 1;
    },
  };
}

async function buyOnce(environment: Environment, transport: CloudTransport, clock: Clock): Promise<Bought> {
  const { variables } = environment;
  const named = variables[KEY_FILE];
  if (named) return charged(await namedKeyFileToken(named, { environment, transport }), variables);
  const path = wellKnownFile(environment);
  const login = path === undefined ? undefined : await loginToken(path, environment, transport);
  if (login !== undefined) return charged(login, variables);
  try {
    const token = await metadataToken({ variables, transport, now: () => clock.now() });
    return charged({ ...token, quotaProject: undefined }, variables);
  } catch (error) {
    if (!(error instanceof CloudFault) || error.reason !== 'no_identity') throw error;
    const file = path === undefined ? 'there is no folder for the file of gcloud' : `${path} does not exist`;
    const why = error.message.slice(NO_IDENTITY.length);
    throw new CloudFault(
      `Google: no Application Default Credentials: ${KEY_FILE} is not set, ${file}, and the machine has none (${why}); ${LOGIN} makes the file`,
      { reason: 'no_identity' },
    );
  }
}

async function loginToken(
  path: string,
  environment: Environment,
  transport: CloudTransport,
): Promise<KeyFileToken | undefined> {
  try {
    return await keyFileToken(path, { label: "gcloud's file", environment, transport });
  } catch (error) {
    if (!(error instanceof CloudFault) || PASSING.has(error.reason)) throw error;
    throw new CloudFault(`${error.message}; ${LOGIN} makes it anew`, { reason: error.reason });
  }
}

function charged(
  { token, expires, quotaProject }: KeyFileToken,
  variables: Environment['variables'],
): Bought {
  const project = variables['GOOGLE_CLOUD_QUOTA_PROJECT'] || quotaProject;
  return { value: { token, ...(project === undefined ? {} : { quotaProject: project }) }, expires };
}
