import { readFile } from 'node:fs/promises';
import { P256, TEST_PASSWORD } from '../src/attestation/test-cosign-keys.ts';
import type { Lab } from './lab.ts';
import { runSideBySide } from './peers.ts';
import { relocatedImages, relocatedMapping } from './relocated.ts';
import { type Figures, type Measured, type Row, US } from './row.ts';
import { Server } from './server.ts';

const ROUND_TRIP_MS = 80;
const SEED = 'ten tags each';
const IMAGES = 200;
const COSIGN = 'cosign';
const VARIABLES = { COSIGN_PASSWORD: TEST_PASSWORD };
/** Signatures that cosign is asked about: it takes seconds for each. */
const VERIFIED = 8;

/** Signatures of cosign next to images, which nobody has set a goal for. */
export const sign: Row = {
  name: 'sign',
  work: `${IMAGES} images, ${ROUND_TRIP_MS} ms away, password and tokens: signed for cosign, each by tag and by bundle; the peer only by bundle`,
  goal: {},
  known: [],
  async measure(lab) {
    await lab.write('cosign.key', P256.keyText);
    await lab.write('cosign.pub', P256.publicKey);
    const us = await lab.median(async () => await withRegistry(lab, US, signAll));
    if (!(await lab.has(COSIGN))) return [{ subject: US, ...us }];
    return [{ subject: US, ...us }, await withRegistry(lab, COSIGN, signEach)];
  },
};

/** Does the work at a registry in which nothing is signed yet. */
async function withRegistry<T>(
  lab: Lab,
  program: string,
  work: (lab: Lab, registry: Server) => Promise<T>,
): Promise<T> {
  await using registry = await Server.start({ kind: 'strict', seed: SEED, roundTripMs: ROUND_TRIP_MS });
  await lab.logIn(registry.host);
  lab.say(program);
  return await work(lab, registry);
}

async function signAll(lab: Lab, registry: Server): Promise<Figures> {
  const mapping = await lab.write('mapping.json', relocatedMapping(registry.host, SEED, IMAGES));
  const log = await lab.write('log', '');
  const key = ['-sign-cosign-key', lab.path('cosign.key'), '-log-file', log];
  const args = ['-mappings-only', '-static-json-mappings-file', mapping, ...key];
  const input = { variables: VARIABLES };
  const figures = await lab.withTraffic([registry], () => lab.timeUs(args, input));
  const signed = [...(await readFile(log, 'utf8')).matchAll(/msg=attested /g)].length;
  if (signed !== IMAGES) throw new Error(`${signed} of ${IMAGES} images were signed`);
  await verify(lab, registry);
  return figures;
}

async function signEach(lab: Lab, registry: Server): Promise<Measured> {
  const key = ['--key', lab.path('cosign.key'), '--yes'];
  const commands = relocatedImages(registry.host, SEED, IMAGES).map((image) => [
    'sign',
    ...key,
    '--use-signing-config=false',
    '--tlog-upload=false',
    image,
  ]);
  return { subject: `${COSIGN} ×4`, ...(await runSideBySide(lab, [registry], COSIGN, commands, VARIABLES)) };
}

/** Has cosign itself look at some of the signatures; it throws for one that does not hold. */
async function verify(lab: Lab, registry: Server): Promise<void> {
  if (!(await lab.has(COSIGN))) return;
  const images = relocatedImages(registry.host, SEED, IMAGES);
  const commands = images
    .filter((_, index) => index % (IMAGES / VERIFIED) === 0)
    .map((image) => ['verify', '--key', lab.path('cosign.pub'), '--insecure-ignore-tlog=true', image]);
  await runSideBySide(lab, [registry], COSIGN, commands, VARIABLES);
}
