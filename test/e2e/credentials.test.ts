import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { type AuthOptions, type EmbeddedRegistry, putImage, startRegistry } from '../../src/testing/index.ts';
import type { Outcome } from '../support/processes.ts';
import { multiPlatform, pod } from './cases.ts';
import { errorsOf, reimage } from './command.ts';

const USER = { name: 'marker-user', password: 'marker-pass:word', identityToken: 'marker-identity' };
const AUTHS: Readonly<Record<string, AuthOptions>> = {
  basic: { kind: 'basic', users: [USER] },
  token: { kind: 'token', users: [USER] },
  'token of another origin': { kind: 'token', users: [USER], separateOrigin: true },
};
/** What a refused look-up says after the status. */
const REFUSALS: Readonly<Record<string, RegExp>> = {
  basic: /^UNAUTHORIZED: authentication required$/,
  token:
    /^token service 127\.0\.0\.1:\d+: UNAUTHORIZED: (?:incorrect username or password|no anonymous tokens here)$/,
};
const ENCODED = Buffer.from(`${USER.name}:${USER.password}`).toString('base64');
const IMAGE = multiPlatform(1);

/** The environment in which the command finds credentials for a registry, set up in a folder. */
interface Source {
  readonly name: string;
  prepare(folder: string, host: string): Promise<Record<string, string>>;
}

/** Puts a helper into a folder that gives the user's password for one host. */
async function writeHelper(folder: string, host: string): Promise<string> {
  const answer = JSON.stringify({ ServerURL: host, Username: USER.name, Secret: USER.password });
  const script = `#!/bin/sh\nread host\n[ "$1 $host" = "get ${host}" ] && echo '${answer}'\n`;
  await writeFile(join(folder, 'docker-credential-marker'), script, { mode: 0o755 });
  return `${folder}${delimiter}${process.env['PATH'] ?? ''}`;
}

const SOURCES: readonly Source[] = [
  {
    name: "docker's config.json",
    prepare: async (folder, host) => {
      await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [host]: { auth: ENCODED } } }));
      return { DOCKER_CONFIG: folder };
    },
  },
  {
    name: 'a credential helper',
    prepare: async (folder, host) => {
      const PATH = await writeHelper(folder, host);
      await writeFile(join(folder, 'config.json'), JSON.stringify({ credHelpers: { [host]: 'marker' } }));
      return { DOCKER_CONFIG: folder, PATH };
    },
  },
  {
    name: 'a helper that registries.conf names',
    prepare: async (folder, host) => {
      const PATH = await writeHelper(folder, host);
      const conf = join(folder, 'registries.conf');
      await writeFile(conf, 'credential-helpers = ["marker"]\n');
      return { CONTAINERS_REGISTRIES_CONF: conf, PATH };
    },
  },
  {
    name: "podman's auth file, by repository",
    prepare: async (folder, host) => {
      const auths = {
        [host]: { auth: Buffer.from('marker-other:marker-wrong').toString('base64') },
        [`${host}/app`]: { auth: ENCODED },
        [`${host}/r`]: { auth: ENCODED },
      };
      await writeFile(join(folder, 'auth.json'), JSON.stringify({ auths }));
      return { REGISTRY_AUTH_FILE: join(folder, 'auth.json') };
    },
  },
];

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-e2e-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Logs all that there is to log, and nothing that is secret may be in it. */
async function runSilent(
  args: readonly string[],
  registry: EmbeddedRegistry,
  env: Record<string, string>,
): Promise<Outcome> {
  const outcome = await reimage([...args, '-debug', '-log-format', 'json'], {
    stdin: pod(`${registry.host}/app:v1`),
    env,
  });
  const told = outcome.stdout + outcome.stderr;
  for (const secret of ['marker-pass', 'marker-identity', 'marker-wrong', ENCODED, 'Bearer ', 'Basic ']) {
    assert.ok(!told.includes(secret), `${secret} is in the output`);
  }
  return outcome;
}

/** The scopes of all the tokens that were bought. */
function scopesOf({ requests }: EmbeddedRegistry): string[] {
  const queries = requests.flatMap(({ kind, query }) =>
    kind === 'token' ? [new URLSearchParams(query)] : [],
  );
  return [...new Set(queries.flatMap((query) => query.getAll('scope')))];
}

describe('credentials', { concurrency: 4 }, () => {
  for (const source of SOURCES) {
    for (const [kind, auth] of Object.entries(AUTHS)) {
      test(`${source.name}: ${kind}`, async (t) => {
        const folder = await folderOf(t);
        await using registry = await startRegistry({ auth });
        putImage(registry.store, 'app', 'v1', IMAGE);
        const env = await source.prepare(folder, registry.host);
        const args = [
          '-remote-path',
          `${registry.host}/r`,
          '-rename-template',
          '{{ .RemotePath }}/app:{{ .Tag }}',
        ];
        const outcome = await runSilent(args, registry, env);
        assert.equal(outcome.stdout, pod(`${registry.host}/r/app:v1`), outcome.stderr);
        assert.equal(registry.store.manifest('r/app', 'v1')?.digest, IMAGE.root.digest);
        const { '401': refused = 0, token = 0 } = registry.counts();
        // The challenge is learnt once; the target's token is for the push that may follow.
        assert.deepEqual([refused, token], [1, auth.kind === 'token' ? 2 : 0]);
      });
    }
  }

  test('an identity token', async (t) => {
    const folder = await folderOf(t);
    await using registry = await startRegistry({ auth: { kind: 'token', users: [USER] } });
    putImage(registry.store, 'app', 'v1', IMAGE);
    const auths = { [registry.host]: { identitytoken: USER.identityToken } };
    await writeFile(join(folder, 'config.json'), JSON.stringify({ auths }));
    const outcome = await runSilent(['-rename-force-digest'], registry, { DOCKER_CONFIG: folder });
    assert.equal(outcome.stdout, pod(`${registry.host}/app@${IMAGE.root.digest}`), outcome.stderr);
  });

  for (const [kind, auth] of Object.entries(AUTHS)) {
    for (const [what, password] of [
      ['a wrong password', 'marker-wrong'],
      ['no credentials', undefined],
    ] as const) {
      test(`${what}: ${kind}`, async (t) => {
        const folder = await folderOf(t);
        await using registry = await startRegistry({ auth });
        putImage(registry.store, 'app', 'v1', IMAGE);
        const encoded = Buffer.from(`${USER.name}:${password}`).toString('base64');
        const auths = password === undefined ? {} : { [registry.host]: { auth: encoded } };
        await writeFile(join(folder, 'config.json'), JSON.stringify({ auths }));
        const outcome = await reimage([], {
          stdin: pod(`${registry.host}/app:v1`),
          env: { DOCKER_CONFIG: folder },
        });
        assert.deepEqual([outcome.stdout, outcome.code], ['', 1]);
        const [message = '', ...others] = errorsOf(outcome);
        assert.deepEqual(others, []);
        const start = `<stdin>:8:12 (document 1): image "${registry.host}/app:v1": ${registry.host}/app: cannot look up tag "v1": 401 Unauthorized: `;
        assert.ok(message.startsWith(start), message);
        assert.match(message.slice(start.length), REFUSALS[auth.kind] ?? /^$/);
        assert.ok(!outcome.stderr.includes(encoded) && !outcome.stderr.includes('marker-wrong'));
      });
    }
  }

  test('credentials that may read but not write: the refusal of the push is told', async (t) => {
    const folder = await folderOf(t);
    const reader = { ...USER, rights: [{ repository: '*', actions: ['pull'] as const }] };
    await using registry = await startRegistry({ auth: { kind: 'token', users: [reader] } });
    putImage(registry.store, 'app', 'v1', IMAGE);
    const [source] = SOURCES;
    assert.ok(source);
    const env = await source.prepare(folder, registry.host);
    const outcome = await runSilent(['-remote-path', `${registry.host}/r`], registry, env);
    assert.deepEqual([outcome.stdout, outcome.code], ['', 1]);
    assert.match(outcome.stderr, /"level":"error".*cannot (?:mount|push|start)[^"]*401 Unauthorized/);
  });

  test('each registry is asked for what is needed there, and a plan needs no push', async (t) => {
    const folder = await folderOf(t);
    const auth = { kind: 'token', users: [USER] } as const;
    await using source = await startRegistry({ auth });
    await using far = await startRegistry({ auth });
    putImage(source.store, 'app', 'v1', IMAGE);
    const auths = { [source.host]: { auth: ENCODED }, [far.host]: { auth: ENCODED } };
    await writeFile(join(folder, 'config.json'), JSON.stringify({ auths }));
    const args = ['-remote-path', `${far.host}/r`, '-rename-template', '{{ .RemotePath }}/app:{{ .Tag }}'];
    const needed: readonly (readonly [string, string])[] = [
      ['-plan', 'repository:r/app:pull'],
      ['-dryrun', 'repository:r/app:pull'],
      ['-debug', 'repository:r/app:pull,push'],
    ];
    for (const [flag, pushed] of needed) {
      far.reset();
      const outcome = await runSilent([...args, flag], source, { DOCKER_CONFIG: folder });
      assert.equal(outcome.code, 0, outcome.stderr);
      assert.deepEqual([scopesOf(source), scopesOf(far)], [['repository:app:pull'], [pushed]]);
    }
  });

  test('a helper that is not there is a warning, not the end, where nobody asks for credentials', async (t) => {
    const folder = await folderOf(t);
    await using registry = await startRegistry();
    putImage(registry.store, 'app', 'v1', IMAGE);
    await writeFile(join(folder, 'config.json'), JSON.stringify({ credsStore: 'nowhere-to-be-found' }));
    const outcome = await runSilent([], registry, { DOCKER_CONFIG: folder });
    assert.equal(outcome.code, 0, outcome.stderr);
  });
});
