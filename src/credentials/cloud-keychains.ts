import type { Environment } from '../http/index.ts';
import type { Credential, Keychain } from '../registry/index.ts';
import { Acr } from './acr.ts';
import { AwsIdentity } from './aws-identity.ts';
import { AzureTokens } from './azure-identity.ts';
import { CloudFault, type CloudFaultReason, type CloudSource } from './cloud-fault.ts';
import { type CloudHost, cloudHost } from './cloud-host.ts';
import { type CloudTransport, cloudTransport } from './cloud-http.ts';
import { Ecr, EcrPublic } from './ecr.ts';
import { Google } from './google.ts';
import type { Now } from './shared-lookups.ts';
import { atHalfLife, shortlyBefore, type TokenCacheOptions } from './token-cache.ts';

/** Hears what becomes of tokens. */
export interface CloudObserver {
  /** A token was asked for in vain; `message` names what failed, without secrets. */
  readonly onFault?: (fault: {
    readonly source: CloudSource;
    readonly reason: CloudFaultReason;
    readonly message: string;
  }) => void;
  /** There is a new token; `expires` is when the first of the valid ones of its source ends, in milliseconds since the epoch. */
  readonly onToken?: (token: { readonly source: CloudSource; readonly expires: number }) => void;
}

export interface CloudKeychainsOptions extends CloudObserver {
  /** The SDKs are given what they would look up in the environment of the process, as far as they let themselves be given it. */
  readonly environment: Environment;
  readonly clock: Now;
  readonly random?: () => number;
  readonly transport?: CloudTransport;
}

/**
 * The credentials that clouds give to who runs there, for images in their registries: ECR, its public gallery, Google's
 * and Azure's. Nothing is looked up, and no SDK is loaded, before an image of such a host is asked for.
 *
 * Without an identity there are none. If there is one and no token to be had for it, that throws `CloudFault` for
 * private registries of AWS and Azure; public images of the others are still to be had by anybody, so that it is
 * only withheld there.
 */
export function cloudKeychains({
  environment,
  clock,
  random = Math.random,
  onFault,
  onToken,
  transport = cloudTransport({ variables: environment.variables, nodeVersion: process.versions.node }),
}: CloudKeychainsOptions): Keychain {
  const observed = (source: CloudSource, renewAt: TokenCacheOptions['renewAt']): TokenCacheOptions => ({
    clock,
    random,
    renewAt,
    onFault: ({ reason, message }) => onFault?.({ source, reason, message }),
    onExpiry: (expires) => onToken?.({ source, expires }),
  });
  // Faults of an identity are those of the tokens that are bought with it.
  const unobserved = { clock, random, renewAt: shortlyBefore };
  const identity = new AwsIdentity({ environment, transport, cache: unobserved });
  const tokens = new AzureTokens({ environment, transport, cache: unobserved });
  const ecr = new Ecr({ identity, transport, cache: observed('ecr', atHalfLife) });
  const gallery = new EcrPublic({ identity, transport, cache: observed('ecr-public', atHalfLife) });
  const google = new Google({ environment, transport, cache: observed('google', shortlyBefore) });
  const acr = new Acr({ tokens, transport, cache: observed('acr', atHalfLife) });

  const credential = async (host: CloudHost, signal: AbortSignal): Promise<Credential> => {
    if (host.cloud === 'ecr') return await ecr.credential(host, signal);
    if (host.cloud === 'acr') return await acr.credential(host, signal);
    return await (host.cloud === 'google' ? google : gallery).credential(signal);
  };
  return {
    credentials: async ({ registry }, signal) => {
      const host = cloudHost(registry);
      if (host === undefined) return [];
      try {
        return [await credential(host, signal)];
      } catch (error) {
        if (!(error instanceof CloudFault)) throw error;
        const isPrivate = host.cloud === 'ecr' || host.cloud === 'acr';
        if (error.reason === 'no_identity') return [];
        if (isPrivate) throw error;
        return [{ kind: 'withheld', error }];
      }
    },
  };
}
