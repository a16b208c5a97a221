import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Debian's registry (distribution 2.8), running in a process of its own with storage of its own. */
export interface DockerRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts `docker-registry` on a free loopback port and waits until it listens. */
export async function startDockerRegistry(program: string): Promise<DockerRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-registry-'));
  const config = join(folder, 'config.yml');
  await writeFile(config, configuration(join(folder, 'storage')));
  const child = spawn(program, ['serve', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null && child.kill()) await once(child, 'exit');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const host = await listeningHost(child);
    return { host, url: `http://${host}`, stop, [Symbol.asyncDispose]: stop };
  } catch (cause) {
    await stop();
    throw new Error(`${program} did not start`, { cause });
  }
}

/** The registry chooses its port and says which: nothing to guess, nothing to poll. */
async function listeningHost(child: ChildProcess): Promise<string> {
  if (!child.stderr) throw new Error('its stderr is not piped');
  const seen: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    seen.push(line);
    const host = /listening on ([\d.]+:\d+)/.exec(line)?.[1];
    if (host === undefined) continue;
    // The log must go on being read, or a full pipe stops the registry.
    child.stderr.resume();
    return host;
  }
  throw new Error(`it ended: ${seen.join('\n')}`);
}

function configuration(storage: string): string {
  return JSON.stringify({
    version: '0.1',
    log: { level: 'info', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    // Without this it refuses every image with foreign layers.
    validation: { manifests: { urls: { allow: ['^https://'] } } },
    http: { addr: '127.0.0.1:0' },
  });
}
