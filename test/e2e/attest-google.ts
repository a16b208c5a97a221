import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BinaryAuthorization,
  CloudKms,
  ContainerAnalysisDouble,
  type ContainerAnalysisOptions,
  type GoogleApis,
  type GoogleCall,
  type GoogleHandler,
  startGoogleApis,
  type StoredOccurrence,
} from '../../src/testing/index.ts';
import type { Certificates } from '../support/certificates.ts';

export const ATTESTOR = 'projects/p/attestors/a';
export const NOTE = 'projects/p/notes/n';
export const PARENT = 'projects/p';
export const KEY = 'projects/p/locations/global/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1';
export const OTHER_KEY = 'projects/p/locations/global/keyRings/r/cryptoKeys/other/cryptoKeyVersions/2';

const USER = { clientId: 'id', clientSecret: 'the client secret', refreshToken: '1//the-refresh-token' };
const LOGIN = {
  type: 'authorized_user',
  client_id: USER.clientId,
  client_secret: USER.clientSecret,
  refresh_token: USER.refreshToken,
};

export interface GoogleWorldOptions extends ContainerAnalysisOptions {
  /** Called before each call is answered. */
  readonly before?: (call: GoogleCall) => Promise<void>;
}

/** Starts Google's APIs with an attestor `ATTESTOR` of two keys, `KEY` first, and a login for a process. */
export async function startGoogle(
  certificates: Certificates,
  { before, ...options }: GoogleWorldOptions = {},
): Promise<GoogleWorld> {
  const kms = new CloudKms();
  const authorization = new BinaryAuthorization();
  const analysis = new ContainerAnalysisDouble({ notes: [NOTE], ...options });
  const hooked =
    (handler: GoogleHandler): GoogleHandler =>
    async (call) => {
      await before?.(call);
      return await handler(call);
    };
  const apis = await startGoogleApis({
    tls: certificates.server,
    identities: { user: USER },
    handlers: {
      [CloudKms.host]: hooked(kms.handler),
      [BinaryAuthorization.host]: hooked(authorization.handler),
      [analysis.host]: hooked(analysis.handler),
    },
  });
  const publicKeys = new Map([KEY, OTHER_KEY].map((name) => [name, kms.add(name)]));
  const keys = [...publicKeys].map(([name, pem]) => ({ id: `//cloudkms.googleapis.com/v1/${name}`, pem }));
  authorization.add(ATTESTOR, { note: NOTE, keys });
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-google-'));
  await writeFile(join(folder, 'ca.pem'), certificates.ca);
  await writeFile(join(folder, 'application_default_credentials.json'), JSON.stringify(LOGIN));
  return new GoogleWorld({ apis, kms, authorization, analysis, publicKeys, folder });
}

/** Google's APIs for a process. */
export class GoogleWorld implements AsyncDisposable {
  readonly apis: GoogleApis;
  readonly kms: CloudKms;
  readonly authorization: BinaryAuthorization;
  readonly analysis: ContainerAnalysisDouble;
  readonly #publicKeys: ReadonlyMap<string, string>;
  readonly #folder: string;

  constructor(parts: {
    readonly apis: GoogleApis;
    readonly kms: CloudKms;
    readonly authorization: BinaryAuthorization;
    readonly analysis: ContainerAnalysisDouble;
    readonly publicKeys: ReadonlyMap<string, string>;
    readonly folder: string;
  }) {
    this.apis = parts.apis;
    this.kms = parts.kms;
    this.authorization = parts.authorization;
    this.analysis = parts.analysis;
    this.#publicKeys = parts.publicKeys;
    this.#folder = parts.folder;
  }

  /** What a process finds Google by. */
  get env(): Readonly<Record<string, string>> {
    return {
      HTTPS_PROXY: this.apis.proxyUrl,
      NODE_EXTRA_CA_CERTS: join(this.#folder, 'ca.pem'),
      CLOUDSDK_CONFIG: this.#folder,
    };
  }

  /** Of one of the two keys, in PEM. */
  publicKey(name: string): string {
    return this.#publicKeys.get(name) ?? '';
  }

  /** What was bought or is given to buy tokens with; nothing that a process writes may hold one of them. */
  get secrets(): readonly string[] {
    return [USER.clientSecret, USER.refreshToken, 'ya29.'];
  }

  /** Calls without their hosts' common end and without what they are about: `POST cloudkms asymmetricSign`. */
  get steps(): readonly string[] {
    return this.apis.calls.map((call) => call.replace(/^(\w+) (\w+)\.googleapis\.com.*?(\w+)$/, '$1 $2 $3'));
  }

  /** Every attestation that is stored. */
  get attestations(): readonly StoredAttestation[] {
    return this.analysis.occurrences.filter(({ kind }) => kind === 'ATTESTATION').map(storedAttestation);
  }

  /** What a scan of Google's has found so far in an image `registry/repository@digest`. */
  discovered(image: string, discovery: Readonly<Record<string, unknown>>): void {
    this.analysis.add(PARENT, { kind: 'DISCOVERY', resourceUri: `https://${image}`, discovery });
  }

  /** A vulnerability of such an image. */
  found(image: string, id: string, cvssScore: number): void {
    this.analysis.add(PARENT, {
      kind: 'VULNERABILITY',
      resourceUri: `https://${image}`,
      noteName: `projects/goog-vulnz/notes/${id}`,
      vulnerability: { shortDescription: id, cvssScore, effectiveSeverity: 'HIGH' },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.apis.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** An attestation, read. */
export interface StoredAttestation {
  /** `registry/repository@digest`. */
  readonly image: string;
  /** What was signed, as text. */
  readonly payload: string;
  readonly signature: Buffer;
  readonly keyId: string;
}

function storedAttestation({ resourceUri, attestation }: StoredOccurrence): StoredAttestation {
  const {
    serializedPayload,
    signatures,
  }: { serializedPayload: string; signatures: Record<string, string>[] } = Object(attestation);
  const { signature = '', publicKeyId = '' } = signatures[0] ?? {};
  return {
    image: String(resourceUri).replace('https://', ''),
    payload: Buffer.from(serializedPayload, 'base64').toString(),
    signature: Buffer.from(signature, 'base64'),
    keyId: publicKeyId,
  };
}
