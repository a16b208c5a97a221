import { type Attester, BinauthzAttester, CosignSigner } from '../attestation/index.ts';
import { ContainerAnalysis, type GoogleApi } from '../google/index.ts';
import type { RegistryClient } from '../registry/index.ts';
import type { AttestSettings } from './attest-options.ts';
import { readText } from './files.ts';

/** What attesters work with. */
export interface AttesterServices {
  readonly client: RegistryClient;
  readonly google: GoogleApi;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** The attesters that the flags ask for. Throws when a key file cannot be read. */
export async function createAttesters(
  { binauthz, cosignKey }: AttestSettings,
  { client, google, variables }: AttesterServices,
): Promise<readonly Attester[]> {
  const attesters: Attester[] = [];
  if (binauthz) {
    attesters.push(new BinauthzAttester({ google, analysis: new ContainerAnalysis(google), ...binauthz }));
  }
  if (cosignKey !== undefined) {
    const keyText = await readText(cosignKey);
    const password = variables['COSIGN_PASSWORD'] ?? '';
    attesters.push(new CosignSigner({ client, name: cosignKey, keyText, password }));
  }
  return attesters;
}
