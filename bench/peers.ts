import { basename } from 'node:path';
import type { Lab } from './lab.ts';
import type { Figures, Measured } from './row.ts';
import type { Server } from './server.ts';

/** A public program that does part of the work, one image a process. */
export interface Peer {
  readonly program: string;
  readonly copy: (source: string, target: string) => readonly string[];
  readonly resolve: (image: string) => readonly string[];
}

/** A copy of an image under a name of its own. */
export interface CopyJob {
  readonly source: string;
  readonly target: string;
}

const PROCESSES = 4;

/** The public programs that copy images; all are told not to use TLS on this machine. */
export const PEERS: readonly Peer[] = [
  {
    program: 'crane',
    copy: (source, target) => ['copy', source, target],
    resolve: (image) => ['digest', image],
  },
  {
    program: 'regctl',
    copy: (source, target) => ['image', 'copy', ...plain(source, target), source, target],
    resolve: (image) => ['image', 'digest', ...plain(image), image],
  },
  {
    program: 'skopeo',
    copy: (source, target) => [
      'copy',
      '--all',
      '--preserve-digests',
      '--insecure-policy',
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      `docker://${source}`,
      `docker://${target}`,
    ],
    resolve: (image) => ['inspect', '--tls-verify=false', '--format', '{{.Digest}}', `docker://${image}`],
  },
];

/** The peers that are installed, each copying all images with four processes side by side. */
export async function measureCopies(
  lab: Lab,
  servers: readonly Server[],
  jobsOf: (peer: string) => readonly CopyJob[],
  { warm = false }: { readonly warm?: boolean } = {},
): Promise<Measured[]> {
  return measurePeers(lab, servers, ({ program, copy }) => {
    const commands = jobsOf(program).map(({ source, target }) => copy(source, target));
    return { commands, before: warm ? commands : [] };
  });
}

/** The peers that are installed, each looking up all images with four processes side by side. */
export async function measureLookUps(
  lab: Lab,
  servers: readonly Server[],
  images: readonly string[],
): Promise<Measured[]> {
  return measurePeers(lab, servers, ({ resolve }) => ({ commands: images.map(resolve), before: [] }));
}

async function measurePeers(
  lab: Lab,
  servers: readonly Server[],
  workOf: (peer: Peer) => {
    readonly commands: readonly (readonly string[])[];
    readonly before: readonly (readonly string[])[];
  },
): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const peer of PEERS) {
    if (!(await lab.has(peer.program))) continue;
    const { commands, before } = workOf(peer);
    lab.say(`${basename(peer.program)}, ${commands.length} processes`);
    await sideBySide(lab, peer.program, before);
    const figures = await runSideBySide(lab, servers, peer.program, commands);
    measured.push({ subject: `${peer.program} ×${PROCESSES}`, ...figures });
  }
  return measured;
}

/** Runs a program once for each list of arguments, four processes side by side. */
export async function runSideBySide(
  lab: Lab,
  servers: readonly Server[],
  program: string,
  commands: readonly (readonly string[])[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Figures> {
  return await lab.withTraffic(servers, async () => {
    const started = performance.now();
    await sideBySide(lab, program, commands, variables);
    return { milliseconds: performance.now() - started };
  });
}

async function sideBySide(
  lab: Lab,
  program: string,
  commands: readonly (readonly string[])[],
  variables: Readonly<Record<string, string>> = {},
): Promise<void> {
  const queue = commands.values();
  const workers = Array.from({ length: PROCESSES }, async () => {
    for (const args of queue) await lab.time(program, args, { variables });
  });
  await Promise.all(workers);
}

/** regctl takes hosts without TLS only by name. */
function plain(...images: readonly string[]): string[] {
  const hosts = new Set(images.map((image) => image.slice(0, image.indexOf('/'))));
  return [...hosts].flatMap((host) => ['--host', `reg=${host},tls=disabled`]);
}
