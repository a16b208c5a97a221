import type { Environment } from '../http/index.ts';
import { type ProcessRunner, runProcess } from '../process/index.ts';
import type { Keychain } from '../registry/index.ts';
import { chain, firstOf } from './chain.ts';
import { cloudKeychains, type CloudObserver } from './cloud-keychains.ts';
import { configKeychain, helperKeychain } from './config-keychain.ts';
import { CredentialHelpers } from './helper.ts';
import type { Now } from './shared-lookups.ts';
import { credentialSources } from './sources.ts';

export interface KeychainOptions {
  readonly environment: Environment;
  readonly clock: Now;
  /** Hears, each text once, of a source that failed or is missing while the work goes on. */
  readonly warn: (message: string) => void;
  /** `credential-helpers` of registries.conf: helper names, and `containers-auth.json` for podman's files. */
  readonly credentialHelpers?: readonly string[];
  readonly runHelper?: ProcessRunner;
  /** True asks clouds too, for images in their registries. */
  readonly clouds?: boolean;
  /** Hears what becomes of the tokens of clouds. */
  readonly cloudObserver?: CloudObserver;
}

/** Warnings of which is kept that they were said. */
const MOST_SAID = 1000;
const AUTH_FILES = 'containers-auth.json';

/**
 * The credentials a user of docker or podman has already: docker's as the first candidates, podman's as the
 * next. Files are read whenever credentials are asked for, so that a new login counts at once; one that is broken later
 * counts as it was. Clouds come last, if they are wanted.
 */
export function createKeychain({
  environment,
  clock,
  warn,
  credentialHelpers = [AUTH_FILES],
  runHelper = runProcess,
  clouds = false,
  cloudObserver = {},
}: KeychainOptions): Keychain {
  const said = new Set<string>();
  const warnOnce = (message: string): void => {
    if (said.has(message)) return;
    // Messages name hosts, which in a cluster is whatever somebody writes.
    if (said.size >= MOST_SAID) said.clear();
    said.add(message);
    warn(message);
  };
  const options = { warn: warnOnce };
  const helpers = new CredentialHelpers({ run: runHelper, variables: environment.variables, clock });
  const sources = credentialSources(environment, warnOnce);
  const files = sources.podman.map((source) => configKeychain(source, helpers, options));
  const podman = credentialHelpers.flatMap((name) =>
    name === AUTH_FILES ? files : [helperKeychain(name, 'credential-helpers of registries.conf', helpers)],
  );
  const cloudFault: CloudObserver['onFault'] = (fault) => {
    // Of the others the keychain throws what it cannot do; these go on as anybody.
    const isSilent = fault.source === 'google' || fault.source === 'ecr-public';
    if (isSilent && fault.reason !== 'no_identity') warnOnce(fault.message);
    cloudObserver.onFault?.(fault);
  };
  return chain(
    [
      firstOf(
        sources.docker.map((source) => configKeychain(source, helpers, options)),
        options,
      ),
      firstOf(podman, options),
      ...(clouds ? [cloudKeychains({ ...cloudObserver, environment, clock, onFault: cloudFault })] : []),
    ],
    options,
  );
}
