import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import {
  type AuthOptions,
  buildImage,
  type BuiltImage,
  type EmbeddedRegistry,
  putImage,
  type RegistryStore,
  startRegistry,
} from '../../src/testing/index.ts';
import { runOk } from '../support/processes.ts';
import { requireTool, type Tool } from '../support/tools.ts';

const USER = { name: 'ann', password: 'se:cret', identityToken: 'ann-for-ever' };

const OWN_PORT = 'token service on a port of its own';

const AUTHS: readonly (readonly [string, AuthOptions])[] = [
  ['nobody asked for credentials', { kind: 'none' }],
  ['basic', { kind: 'basic', users: [USER] }],
  ['token', { kind: 'token', users: [USER] }],
  [OWN_PORT, { kind: 'token', users: [USER], separateOrigin: true }],
];

const IMAGE = buildImage({
  platforms: [
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm64' },
  ],
  layers: ({ architecture }) => [{ seed: 1, size: 30_000 }, { files: { 'etc/architecture': architecture } }],
  attestations: true,
});

/** The commands of one client, all on plain HTTP; each works on the registry and with the files of `folder`. */
interface Client {
  readonly tool: Tool;
  /** Where it refuses to work, and why. */
  readonly refuses?: Readonly<Record<string, string>>;
  readonly prepare?: (host: string) => readonly string[];
  readonly copy: (from: string, to: string) => readonly string[];
  readonly list: (repository: string) => readonly string[];
  /** Commands that bring an image into a file and from there to another name. */
  readonly save: (from: string, file: string) => readonly string[];
  readonly load: (file: string, to: string) => readonly string[];
}

const CLIENTS: readonly Client[] = [
  {
    tool: 'crane',
    refuses: { [OWN_PORT]: 'no realm on a private address that is not the registry' },
    copy: (from, to) => ['copy', from, to],
    list: (repository) => ['ls', repository],
    save: (from, file) => ['pull', '--format=oci', from, file],
    load: (file, to) => ['push', file, to],
  },
  {
    tool: 'regctl',
    prepare: (host) => ['registry', 'set', '--tls=disabled', host],
    copy: (from, to) => ['image', 'copy', '--referrers', from, to],
    list: (repository) => ['tag', 'ls', repository],
    save: (from, file) => ['image', 'copy', from, `ocidir://${file}:x`],
    load: (file, to) => ['image', 'copy', `ocidir://${file}:x`, to],
  },
  {
    tool: 'skopeo',
    copy: (from, to) => [
      'copy',
      '--all',
      '--insecure-policy',
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      `docker://${from}`,
      `docker://${to}`,
    ],
    list: (repository) => ['list-tags', '--tls-verify=false', `docker://${repository}`],
    save: (from, file) => [
      'copy',
      '--all',
      '--insecure-policy',
      '--src-tls-verify=false',
      `docker://${from}`,
      `oci:${file}:x`,
    ],
    load: (file, to) => [
      'copy',
      '--all',
      '--insecure-policy',
      '--dest-tls-verify=false',
      `oci:${file}:x`,
      `docker://${to}`,
    ],
  },
];

for (const client of CLIENTS) {
  describe(`${client.tool} and the embedded registry`, () => {
    for (const [name, auth] of AUTHS) {
      const refusal = client.refuses?.[name];
      const title =
        refusal === undefined ? `copies, lists, saves and loads: ${name}` : `refuses ${name}: ${refusal}`;
      test(title, async (t) => {
        const program = await requireTool(t, client.tool);
        if (program === undefined) return;
        await using registry = await startRegistry({ auth });
        putImage(registry.store, 'source/image', 'v1', IMAGE);
        const env = await environmentFor(t, registry);
        const run = (args: readonly string[]): Promise<string> => runOk(program, args, { env });
        const file = join(env.HOME, 'image');
        if (client.prepare) await run(client.prepare(registry.host));

        const copying = run(
          client.copy(`${registry.host}/source/image:v1`, `${registry.host}/target/copy:v2`),
        );
        if (refusal !== undefined) {
          await assert.rejects(copying, 'it does now: take it off the list');
          return;
        }
        await copying;
        assertHolds(registry.store, 'target/copy', 'v2', IMAGE);
        assert.match(await run(client.list(`${registry.host}/target/copy`)), /\bv2\b/);
        await run(client.save(`${registry.host}/source/image:v1`, file));
        await run(client.load(file, `${registry.host}/target/loaded:v3`));
        assertHolds(registry.store, 'target/loaded', 'v3', IMAGE);
        if (auth.kind !== 'none') assert.ok((registry.counts()['401'] ?? 0) > 0, 'nobody was asked');
      });
    }
  });
}

/** Every manifest and blob is there, byte for byte. */
function assertHolds(store: RegistryStore, repository: string, tag: string, image: BuiltImage): void {
  assert.equal(store.manifest(repository, tag)?.digest, image.root.digest);
  for (const { digest, bytes, mediaType } of image.manifests) {
    const stored = store.manifest(repository, digest);
    assert.deepEqual(stored && Buffer.from(stored.bytes), Buffer.from(bytes));
    assert.equal(stored?.mediaType, mediaType);
  }
  for (const { digest, bytes } of image.blobs) {
    const source = store.blob(repository, digest);
    assert.deepEqual(source && Buffer.concat([...source.read(0, source.size)]), Buffer.from(bytes));
  }
}

/** A home folder with the credentials of the registry, where each of the clients looks for them. */
async function environmentFor(
  t: TestContext,
  { host }: EmbeddedRegistry,
): Promise<Record<string, string> & { readonly HOME: string }> {
  const home = await mkdtemp(join(tmpdir(), 'tallyman-clients-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const auth = Buffer.from(`${USER.name}:${USER.password}`).toString('base64');
  const config = join(home, 'config.json');
  await writeFile(config, JSON.stringify({ auths: { [host]: { auth } } }));
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    DOCKER_CONFIG: home,
    REGISTRY_AUTH_FILE: config,
    REGCTL_CONFIG: join(home, 'regctl.json'),
  };
}
