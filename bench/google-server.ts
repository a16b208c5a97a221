import { createPublicKey, verify } from 'node:crypto';
import {
  BinaryAuthorization,
  CloudKms,
  ContainerAnalysisDouble,
  startGoogleApis,
  type StoredOccurrence,
} from '../src/testing/index.ts';
import { makeCertificates } from '../test/support/certificates.ts';
import { findTool } from '../test/support/tools.ts';
import { ATTESTOR, GOOGLE_USER } from './google-doubles.ts';

// A process of its own: doubles of what Binary Authorization takes. Argument: the round trip in milliseconds.

const PARENT = 'projects/bench';
const NOTE = `${PARENT}/notes/built`;
const KEY = `${PARENT}/locations/global/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1`;

const openssl = await findTool('openssl');
if (openssl === undefined) throw new Error('openssl is not installed: apt-get install openssl');
const { ca, server } = await makeCertificates(openssl);
const kms = new CloudKms();
const authorization = new BinaryAuthorization();
const analysis = new ContainerAnalysisDouble({ notes: [NOTE] });
const pem = kms.add(KEY);
authorization.add(ATTESTOR, { note: NOTE, keys: [{ id: `//cloudkms.googleapis.com/v1/${KEY}`, pem }] });
const apis = await startGoogleApis({
  tls: server,
  identities: { user: GOOGLE_USER },
  handlers: {
    [CloudKms.host]: kms.handler,
    [BinaryAuthorization.host]: authorization.handler,
    [analysis.host]: analysis.handler,
  },
  roundTripMs: Number(process.argv[2]),
});
const publicKey = createPublicKey(pem);
let connectionsBefore = 0;
let tokensBefore = 0;

function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  let at = value;
  for (const name of path) at = typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined;
  return typeof at === 'string' ? at : '';
}

/** Whether its signature holds, and it is about the image that it hangs on. */
function holds(occurrence: StoredOccurrence): boolean {
  const payload = Buffer.from(textAt(occurrence, 'attestation', 'serializedPayload'), 'base64');
  const signature = Buffer.from(textAt(occurrence, 'attestation', 'signatures', 0, 'signature'), 'base64');
  const digest = textAt(JSON.parse(payload.toString()), 'critical', 'image', 'docker-manifest-digest');
  return (
    verify('sha256', payload, publicKey, signature) &&
    textAt(occurrence, 'resourceUri').endsWith(`@${digest}`)
  );
}

process.on('message', (message) => {
  if (message === 'reset') {
    analysis.occurrences.length = 0;
    apis.calls.length = 0;
    connectionsBefore = apis.connections;
    tokensBefore = apis.tokensIssued;
  }
  const attested = new Set(analysis.occurrences.filter(holds).map(({ resourceUri }) => resourceUri));
  process.send?.({
    requests: apis.calls.length,
    tokens: apis.tokensIssued - tokensBefore,
    connections: apis.connections - connectionsBefore,
    blobs: 0,
    attested: attested.size,
  });
});
process.on('disconnect', () => void apis.stop());
process.send?.({ proxyUrl: apis.proxyUrl, ca });
