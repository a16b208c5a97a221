import { projectOf } from './gate-options.ts';
import { type ParsedFlags, UsageError } from './go-flags.ts';
import type { REIMAGE_FLAGS } from './reimage-flags.ts';

/** What the flags ask of attestation. */
export interface AttestSettings {
  readonly binauthz:
    | {
        /** `projects/P/attestors/A`. */
        readonly attestor: string;
        /** The project that gets the occurrences, as `projects/P`. */
        readonly parent: string;
        readonly kmsKey: string | undefined;
      }
    | undefined;
  /** Path of a private key of cosign. */
  readonly cosignKey: string | undefined;
}

const ATTESTOR = /^(projects\/\w[\w.:-]*)\/attestors\/\w[\w.-]*$/;
const KMS_KEY =
  /^(?:\/\/cloudkms\.googleapis\.com\/v1\/)?projects\/\w[\w.:-]*\/locations\/[\w-]+\/keyRings\/[\w-]+\/cryptoKeys\/[\w-]+\/cryptoKeyVersions\/\d+$/;

/** Throws `UsageError`. */
export function readAttestSettings({ values, given }: ParsedFlags<typeof REIMAGE_FLAGS>): AttestSettings {
  // A variable of a script that is not set would else be a run that signs nothing and says nothing.
  for (const name of ['binauthz-attestor', 'sign-cosign-key'] as const) {
    if (given.has(name) && values[name] === '')
      throw new UsageError(`-${name} is empty: leave it out where nothing is to be attested`);
  }
  const attestor = values['binauthz-attestor'];
  const kmsKey = values['gcp-kms-key'];
  const cosignKey = values['sign-cosign-key'] || undefined;
  if (attestor === '') {
    if (kmsKey !== '') throw new UsageError('-gcp-kms-key signs attestations: it needs -binauthz-attestor');
    return { binauthz: undefined, cosignKey };
  }
  const [, project = ''] = ATTESTOR.exec(attestor) ?? [];
  if (project === '') {
    throw new UsageError(
      `invalid value "${attestor}" for flag -binauthz-attestor: it is projects/PROJECT/attestors/NAME`,
    );
  }
  if (kmsKey !== '' && !KMS_KEY.test(kmsKey)) {
    throw new UsageError(
      `invalid value "${kmsKey}" for flag -gcp-kms-key: it is projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY/cryptoKeyVersions/NUMBER`,
    );
  }
  const parent = values['grafeas-parent'];
  return {
    binauthz: {
      attestor,
      parent: parent === '' ? project : projectOf('grafeas-parent', parent),
      kmsKey: kmsKey === '' ? undefined : kmsKey,
    },
    cosignKey,
  };
}
