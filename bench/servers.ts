import { findTool } from '../test/support/tools.ts';
import { startDockerRegistry } from '../test/support/docker-registry.ts';
import { type EmbeddedRegistry, type Link, startLink, startRegistry } from '../src/testing/index.ts';
import { isRelocated, putRelocated } from './relocated.ts';
import { isImages, seedImages, seedLayer } from './seed.ts';
import { LOGIN, type Traffic } from './traffic.ts';

// A process of its own: a registry, Debian's or the embedded one, behind a link or not. Arguments: kind, seed, round trip
// in milliseconds.

interface Served {
  readonly host: string;
  readonly log: Link | EmbeddedRegistry;
  stop(): Promise<void>;
}

const MIB = 1024 * 1024;

async function serveDocker(seed: string, roundTripMs: number): Promise<Served> {
  const program = await findTool('docker-registry');
  if (program === undefined)
    throw new Error('docker-registry is not installed: apt-get install docker-registry');
  const registry = await startDockerRegistry(program);
  if (isImages(seed)) await seedImages(registry.url, seed);
  const link = await startLink({ upstream: registry.host, roundTripMs, token: true });
  return {
    host: link.host,
    log: link,
    stop: async () => {
      await link.stop();
      await registry.stop();
    },
  };
}

async function serveEmbedded(seed: string): Promise<Served> {
  const registry = await startRegistry({ features: { discardAboveBytes: MIB } });
  if (seed === 'one layer') seedLayer(registry.store);
  return { host: registry.host, log: registry, stop: () => registry.stop() };
}

async function serveStrict(seed: string, roundTripMs: number): Promise<Served> {
  const registry = await startRegistry({ auth: { kind: 'token', users: [LOGIN] } });
  if (isRelocated(seed)) putRelocated(registry.store, seed);
  const link = await startLink({ upstream: registry.host, roundTripMs });
  return {
    host: link.host,
    log: link,
    stop: async () => {
      await link.stop();
      await registry.stop();
    },
  };
}

async function serve(kind: string, seed: string, roundTripMs: number): Promise<Served> {
  if (kind === 'docker') return await serveDocker(seed, roundTripMs);
  return kind === 'strict' ? await serveStrict(seed, roundTripMs) : await serveEmbedded(seed);
}

function trafficOf({ requests, connections }: Link | EmbeddedRegistry): Traffic {
  const passed = requests.filter(({ status }) => status !== 401);
  const blobs = passed.filter(({ kind, status }) => kind.endsWith(' upload') && status === 201).length;
  const tokens = passed.filter(({ kind }) => kind === 'token').length;
  return { requests: passed.length, tokens, connections, blobs };
}

const [kind = '', seed = '', roundTripMs = '0'] = process.argv.slice(2);
const served = await serve(kind, seed, Number(roundTripMs));
process.on('message', (message) => {
  if (message === 'reset') served.log.reset();
  process.send?.(trafficOf(served.log));
});
process.on('disconnect', () => void served.stop());
process.send?.({ host: served.host });
