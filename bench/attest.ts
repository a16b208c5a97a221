import { ATTESTOR, GoogleDoubles } from './google-doubles.ts';
import { relocatedMapping } from './relocated.ts';
import { type Row, US } from './row.ts';
import { Server } from './server.ts';

const ROUND_TRIP_MS = 80;
const SEED = 'ten tags each';
const IMAGES = 1000;

/** Attestations for Binary Authorization, of images that are all where they shall be. */
export const attest: Row = {
  name: 'attest',
  work: `${IMAGES.toLocaleString('en-US')} images attested for Binary Authorization; Google's services and the registry are ${ROUND_TRIP_MS} ms away`,
  goal: { milliseconds: 15_000 },
  known: [],
  async measure(lab) {
    lab.say(`filling a registry ${ROUND_TRIP_MS} ms away`);
    await using registry = await Server.start({ kind: 'strict', seed: SEED, roundTripMs: ROUND_TRIP_MS });
    await using google = await GoogleDoubles.start(lab, ROUND_TRIP_MS);
    await lab.logIn(registry.host);
    const mapping = await lab.write('mapping.json', relocatedMapping(registry.host, SEED, IMAGES));
    const args = ['-mappings-only', '-static-json-mappings-file', mapping, '-binauthz-attestor', ATTESTOR];
    lab.say(US);
    const us = await lab.median(async () => {
      const figures = await lab.withTraffic([registry, google], () =>
        lab.timeUs(args, { variables: google.variables }),
      );
      const attested = await google.attested();
      if (attested === IMAGES) return figures;
      throw new Error(`${attested} of ${IMAGES} images have an attestation that holds`);
    });
    return [{ subject: US, ...us }];
  },
};
