import { readFile } from 'node:fs/promises';
import type { Lab } from './lab.ts';
import { RELOCATED, type RelocatedSeed, relocatedMapping } from './relocated.ts';
import { type Figures, type Row, US } from './row.ts';
import { Server } from './server.ts';

const ROUND_TRIP_MS = 20;
const MB = 1_000_000;
const WORK = `-mappings-only, ${RELOCATED.toLocaleString('en-US')} images copied before, ${ROUND_TRIP_MS} ms away, password and tokens, whose requests are not counted`;

/** A relocation that is run again, of which all is done. */
export const mappingsOnly = rowOf('mappings-only', 'ten tags each', '1,000 repositories');

/** The same, where no two images share a repository, and so what is kept of one. */
export const mappingsOnlyWide = rowOf('mappings-only-wide', 'one tag each', '10,000 repositories');

function rowOf(name: string, seed: RelocatedSeed, spread: string): Row {
  return {
    name,
    work: `${WORK}: ${spread}`,
    goal: { milliseconds: 45_000, requests: 10_100, memory: 200 * MB },
    known: [],
    async measure(lab) {
      lab.say(`filling a registry ${ROUND_TRIP_MS} ms away`);
      await using server = await Server.start({ kind: 'strict', seed, roundTripMs: ROUND_TRIP_MS });
      await lab.logIn(server.host);
      const mapping = relocatedMapping(server.host, seed);
      await lab.write('mapping.json', mapping);
      lab.say(US);
      const us = await lab.median(async () => await runOver(lab, server, mapping));
      return [{ subject: US, ...us }];
    },
  };
}

async function runOver(lab: Lab, server: Server, mapping: string): Promise<Figures> {
  const args = ['-mappings-only', '-static-json-mappings-file', lab.path('mapping.json')];
  const written = lab.path('written.json');
  const { requests, tokens, ...figures } = await lab.withTraffic([server], () =>
    lab.timeUs([...args, '-write-json-mappings-file', written]),
  );
  if ((await readFile(written, 'utf8')) !== mapping) throw new Error('the mapping is not what it was');
  if (requests - tokens < RELOCATED) throw new Error(`${requests} requests cannot have seen every image`);
  return { ...figures, requests: requests - tokens };
}
