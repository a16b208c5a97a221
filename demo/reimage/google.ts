import { verify } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { goRepository, parseReference } from '../../src/oci/index.ts';
import {
  BinaryAuthorization,
  CloudKms,
  ContainerAnalysisDouble,
  type GoogleApis,
  startGoogleApis,
} from '../../src/testing/index.ts';
import { list, member } from '../json.ts';
import { CommandFailure, findProgram } from '../programs.ts';
import { runProgram } from './command.ts';
import type { Mapped } from './images.ts';
import type { Stage } from './stage.ts';

/** Requests by what they are for. */
export interface Asked {
  readonly attestors: number;
  readonly lookedUp: number;
  readonly signed: number;
  readonly verified: number;
  readonly stored: number;
}

const PROJECT = 'projects/acme';
const NOTE = `${PROJECT}/notes/vetted`;
const KEY = `${PROJECT}/locations/global/keyRings/release/cryptoKeys/vetted/cryptoKeyVersions/1`;
const USER = { clientId: 'demo', clientSecret: 'demo', refreshToken: 'demo' };
/** As `gcloud auth application-default login` writes it. */
const LOGIN = JSON.stringify({
  type: 'authorized_user',
  client_id: USER.clientId,
  client_secret: USER.clientSecret,
  refresh_token: USER.refreshToken,
});

/** Google's APIs in this process, at their real names, with an attestor and its key. */
export class Google implements AsyncDisposable {
  readonly attestor = `${PROJECT}/attestors/vetted`;
  readonly #apis: GoogleApis;
  readonly #analysis: ContainerAnalysisDouble;
  readonly #publicKey: string;
  readonly #folder: string;

  private constructor(
    apis: GoogleApis,
    analysis: ContainerAnalysisDouble,
    publicKey: string,
    folder: string,
  ) {
    this.#apis = apis;
    this.#analysis = analysis;
    this.#publicKey = publicKey;
    this.#folder = folder;
  }

  /** Undefined where openssl is not there to make a certificate for Google's names. */
  static async start(stage: Stage): Promise<Google | undefined> {
    const openssl = await findProgram('openssl', stage.env);
    if (openssl === undefined) return undefined;
    const tls = await makeCertificate(openssl, stage);
    const kms = new CloudKms();
    const authorization = new BinaryAuthorization();
    const analysis = new ContainerAnalysisDouble({ notes: [NOTE] });
    const publicKey = kms.add(KEY);
    const id = `//cloudkms.googleapis.com/v1/${KEY}`;
    authorization.add(`${PROJECT}/attestors/vetted`, { note: NOTE, keys: [{ id, pem: publicKey }] });
    const folder = stage.path('google');
    await mkdir(folder);
    await writeFile(join(folder, 'ca.pem'), tls.cert);
    await writeFile(join(folder, 'application_default_credentials.json'), LOGIN);
    const apis = await startGoogleApis({
      tls,
      identities: { user: USER },
      handlers: {
        [CloudKms.host]: kms.handler,
        [BinaryAuthorization.host]: authorization.handler,
        [analysis.host]: analysis.handler,
      },
    });
    return new Google(apis, analysis, publicKey, folder);
  }

  /** What a process finds Google by, and what it logs in with. */
  get env(): Readonly<Record<string, string>> {
    return {
      HTTPS_PROXY: this.#apis.proxyUrl,
      NODE_EXTRA_CA_CERTS: join(this.#folder, 'ca.pem'),
      CLOUDSDK_CONFIG: this.#folder,
    };
  }

  /** What happened since it was last asked. */
  takeAsked(): Asked {
    const calls = this.#apis.calls.splice(0);
    const count = (pattern: RegExp): number => calls.filter((call) => pattern.test(call)).length;
    return {
      attestors: count(/^GET binaryauthorization\..*\/attestors\/\w+$/),
      lookedUp: count(/^GET containeranalysis\..*\/occurrences$/),
      signed: count(/:asymmetricSign$/),
      verified: count(/:validateAttestationOccurrence$/),
      stored: count(/^POST containeranalysis\..*\/occurrences$/),
    };
  }

  /** How many attestations there are of an image that hold. Throws where one does not. */
  attestations({ tag, digest }: Mapped): number {
    const name = goRepository(parseReference(tag).repository);
    const own = this.#analysis.occurrences.filter(
      ({ resourceUri }) => resourceUri === `https://${name}@${digest}`,
    );
    for (const { noteName, attestation } of own) {
      const payload = Buffer.from(String(member(attestation, 'serializedPayload')), 'base64');
      const critical = member(JSON.parse(payload.toString()), 'critical');
      const isOurs =
        noteName === NOTE &&
        member(member(critical, 'identity'), 'docker-reference') === name &&
        member(member(critical, 'image'), 'docker-manifest-digest') === digest;
      const holds = list(member(attestation, 'signatures')).some((signature) =>
        verify(
          'sha256',
          payload,
          this.#publicKey,
          Buffer.from(String(member(signature, 'signature')), 'base64'),
        ),
      );
      if (!isOurs || !holds) throw new Error(`an attestation of ${name} does not hold`);
    }
    return own.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#apis.stop();
  }
}

/** A certificate for Google's names that vouches for itself, for a day. */
async function makeCertificate(
  openssl: string,
  stage: Stage,
): Promise<{ readonly key: string; readonly cert: string }> {
  const [key, cert] = [stage.path('google.key'), stage.path('google.crt')];
  const names = ['-subj', '/CN=the demo', '-addext', 'subjectAltName=DNS:*.googleapis.com'];
  const args = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
    '-days',
    '1',
    ...names,
  ];
  const { code, stderr } = await runProgram(openssl, args, {
    env: stage.childEnv,
    signal: stage.signal,
    live: false,
  });
  if (code !== 0) throw new CommandFailure(`openssl ended with ${code}:\n${stderr.trim()}`);
  return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
}
