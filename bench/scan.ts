import { chmod, readFile } from 'node:fs/promises';
import type { Lab } from './lab.ts';
import { pods } from './manifests.ts';
import { type Figures, type Row, US } from './row.ts';
import { imageCount, imageName } from './seed.ts';
import { Server } from './server.ts';

const ROUND_TRIP_MS = 20;
const SEED = 'forty images';
const WORKERS = 4;
const MAX_CVSS = 7;
const FINDING = {
  VulnerabilityID: 'CVE-2024-1',
  PkgName: 'libc6',
  InstalledVersion: '2.36-9',
  Severity: 'MEDIUM',
  CVSS: { nvd: { V3Score: 5.3 } },
};
const REPORT = {
  SchemaVersion: 2,
  Results: [{ Target: 'all', Class: 'os-pkgs', Vulnerabilities: [FINDING] }],
};

/** Scanning takes what it takes: what do look-ups and copies add to it? */
export const scan: Row = {
  name: 'scan',
  work: `${imageCount(SEED)} images, ${ROUND_TRIP_MS} ms away, token: scanned in 1 s each, ${WORKERS} at a time, and copied on the same host`,
  goal: { milliseconds: 11_500 },
  known: [],
  async measure(lab) {
    lab.say(`filling a registry ${ROUND_TRIP_MS} ms away`);
    await using server = await Server.start({ kind: 'docker', seed: SEED, roundTripMs: ROUND_TRIP_MS });
    const images = Array.from(
      { length: imageCount(SEED) },
      (_, index) => `${server.host}/${imageName(index)}`,
    );
    await lab.write('pods.yaml', pods(images));
    await writeScanner(lab);
    lab.say(US);
    const us = await lab.median(async (run) => await scanAndCopy(lab, server, images, `run${run}`));
    return [{ subject: US, ...us }];
  },
};

/** A program that takes a second and next to no processor time; it notes what it was to scan. */
async function writeScanner(lab: Lab): Promise<void> {
  const report = await lab.write('report.json', JSON.stringify(REPORT));
  const text = `#!/bin/sh\necho "$1" >> '${lab.path('scanned')}'\nsleep 1\nexec cat '${report}'\n`;
  await chmod(await lab.write('scanner', text), 0o755);
}

async function scanAndCopy(
  lab: Lab,
  server: Server,
  images: readonly string[],
  path: string,
): Promise<Figures> {
  await lab.write('scanned', '');
  const stdin = lab.path('pods.yaml');
  const rename = ['-rename-remote-path', `${server.host}/${path}`, '-rename-force-digest'];
  const gate = ['-vulncheck-max-cvss', String(MAX_CVSS), '-vulncheck-workers', String(WORKERS)];
  const scanner = ['-vulncheck-command', lab.path('scanner'), '-vulncheck-format', 'trivy-json'];
  const mapping = lab.path('mapping.json');
  const figures = await lab.withTraffic([server], () =>
    lab.timeUs([...rename, ...gate, ...scanner, '-write-json-mappings-file', mapping], { stdin }),
  );
  const scanned = (await readFile(lab.path('scanned'), 'utf8')).trim().split('\n');
  const accepted = (await readFile(mapping, 'utf8')).matchAll(/"Accepted":\[\{"ID":"CVE-2024-1"/g);
  // Fails where a target does not have its image.
  await lab.timeUs([...rename, '-no-copy'], { stdin });
  const counts = [scanned.length, new Set(scanned).size, [...accepted].length];
  if (counts.every((count) => count === images.length)) return figures;
  throw new Error(`${counts.join(', ')} of ${images.length} images were scanned, were others, were accepted`);
}
