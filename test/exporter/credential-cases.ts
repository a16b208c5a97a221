import assert from 'node:assert/strict';
import { type EmbeddedRegistry, startRegistry } from '../../src/testing/index.ts';
import { containersOf, login } from './workloads.ts';
import type { Case, World } from './world.ts';

/** In every secret of the cases, so that a log can be searched for it. */
export const SECRET = 'p4ssw0rd';

/** A registry that lets `robot` read all, and `stranger` nothing. */
async function startGuarded(kind: 'token' | 'basic' = 'token'): Promise<EmbeddedRegistry> {
  const users = [
    { name: 'robot', password: `${SECRET}-robot` },
    { name: 'stranger', password: `${SECRET}-stranger`, rights: [] },
  ];
  return await startRegistry({
    auth: kind === 'token' ? { kind, users, separateOrigin: true } : { kind, users },
  });
}

const ROBOT = login('robot', `${SECRET}-robot`);
const STRANGER = login('stranger', `${SECRET}-stranger`);
const WRONG = login('robot', `${SECRET}-wrong`);

/** How images of private registries are read. */
export const CREDENTIAL_CASES: readonly Case[] = [
  {
    name: "pull secrets of both types, the pod's own and those of its service account",
    async run(world) {
      await using registry = await startGuarded();
      const digest = seed(world, registry, 'json', 'legacy', 'account', 'nobody');
      await world.secret('json', 'dockerconfigjson', { auths: { [registry.host]: ROBOT } });
      await world.secret('legacy', 'dockercfg', { [`http://${registry.host}/v1/`]: ROBOT });
      await world.client.ok('POST', `/api/v1/namespaces/${world.namespace}/serviceaccounts`, {
        body: { metadata: { name: 'builder' }, imagePullSecrets: [{ name: 'json' }] },
      });
      const of = (path: string): { containers: readonly object[] } =>
        containersOf(`${registry.host}/${path}:1`);
      await world.create('Pod', 'json', { ...of('json'), imagePullSecrets: [{ name: 'json' }] });
      await world.create('CronJob', 'legacy', { ...of('legacy'), imagePullSecrets: [{ name: 'legacy' }] });
      await world.create('Deployment', 'account', { ...of('account'), serviceAccountName: 'builder' });
      await world.create('Pod', 'nobody', of('nobody'));
      await world.exporter.shows((scrape) => {
        for (const path of ['json', 'legacy', 'account'])
          assert.equal(scrape.digest(`${registry.host}/${path}:1`), digest[path], path);
        assert.equal(scrape.reason(`${registry.host}/nobody:1`), 'unauthorized');
      });
    },
  },
  {
    name: 'one secret after another, past those that are missing, broken, refused or not allowed enough',
    async run(world) {
      for (const kind of ['token', 'basic'] as const) {
        await using registry = await startGuarded(kind);
        const { app } = seed(world, registry, 'app');
        const { host } = registry;
        const auths = (entry: object): object => ({ auths: { [host]: entry } });
        await world.secret(`wrong-${kind}`, 'dockerconfigjson', auths(WRONG));
        await world.secret(`stranger-${kind}`, 'dockerconfigjson', auths(STRANGER));
        await world.secret(`robot-${kind}`, 'dockerconfigjson', auths(ROBOT));
        await world.client.ok('POST', `/api/v1/namespaces/${world.namespace}/secrets`, {
          body: { metadata: { name: `opaque-${kind}` }, type: 'Opaque', data: { x: 'eA==' } },
        });
        const names = ['missing', `opaque-${kind}`, `wrong-${kind}`, `stranger-${kind}`, `robot-${kind}`];
        await world.create('Pod', `app-${kind}`, {
          ...containersOf(`${host}/app:1`),
          imagePullSecrets: names.map((name) => ({ name })),
        });
        await world.exporter.shows((scrape) => assert.equal(scrape.digest(`${host}/app:1`), app));
      }
    },
  },
  {
    name: 'somebody who joins with a better secret heals the image for all',
    async run(world) {
      await using registry = await startGuarded();
      const { app } = seed(world, registry, 'app');
      const image = `${registry.host}/app:1`;
      await world.create('Pod', 'poor', containersOf(image));
      await world.exporter.shows((scrape) => assert.equal(scrape.reason(image), 'unauthorized'));
      await world.secret('robot', 'dockerconfigjson', { auths: { [registry.host]: ROBOT } });
      await world.create('Pod', 'rich', { ...containersOf(image), imagePullSecrets: [{ name: 'robot' }] });
      await world.exporter.shows((scrape) => {
        assert.equal(scrape.digest(image), app);
        assert.equal(scrape.containers(world.namespace).length, 2);
      });
    },
  },
  {
    name: 'a secret of another namespace, or for a look-alike, is not shown to anybody',
    async run(world) {
      await using registry = await startGuarded('basic');
      await using other = await startRegistry({ auth: { kind: 'basic', users: [] } });
      seed(world, registry, 'app', 'team/app');
      const elsewhere = `${world.namespace}-elsewhere`;
      await world.client.ok('POST', '/api/v1/namespaces', { body: { metadata: { name: elsewhere } } });
      await world.secret('robot', 'dockerconfigjson', {
        auths: { [`${registry.host}/team`]: ROBOT, [other.host.slice(0, -1)]: ROBOT },
      });
      await world.client.ok('POST', `/api/v1/namespaces/${elsewhere}/pods`, {
        body: {
          metadata: { name: 'thief' },
          spec: { ...containersOf(`${registry.host}/app:1`), imagePullSecrets: [{ name: 'robot' }] },
        },
      });
      const lookAlikes = [
        `${registry.host.replace('127.0.0.1', 'localhost')}/team/app:1`,
        `${other.host}/team/app:1`,
      ];
      const images = [`${registry.host}/team/app:1`, ...lookAlikes];
      await world.create('Pod', 'honest', {
        ...containersOf(...images),
        imagePullSecrets: [{ name: 'robot' }],
      });
      await world.exporter.shows((scrape) => {
        assert.equal(scrape.reason(`${registry.host}/team/app:1`), 'ok');
        assert.equal(scrape.reason(`${registry.host}/app:1`), 'unauthorized');
        for (const image of lookAlikes) assert.equal(scrape.reason(image), 'unauthorized', image);
      });
      const shown = registry.requests
        .filter(({ authorization }) => authorization !== '')
        .map(({ path }) => path);
      assert.deepEqual(
        [...new Set(shown)].filter((path) => !path.startsWith('/v2/team/')),
        [],
      );
      assert.deepEqual(
        other.requests.filter(({ authorization }) => authorization !== ''),
        [],
      );
    },
  },
  {
    name: 'a digest that is known from elsewhere does not speak for a registry that refuses it',
    async run(world) {
      await using registry = await startGuarded();
      const { digest } = world.put('open:1').root;
      world.put('app:1', { labels: { case: world.image('open:1') } }, registry);
      const pinned = `${registry.host}/app@${digest}`;
      await world.create('Pod', 'one', containersOf(world.image('open:1'), pinned));
      await world.exporter.shows((scrape) => {
        assert.equal(scrape.digest(world.image('open:1')), digest);
        assert.deepEqual([scrape.reason(pinned), scrape.digest(pinned)], ['unauthorized', '']);
      });
    },
  },
];

/** Puts an image into a guarded registry under each path, and gives their digests. */
function seed(world: World, registry: EmbeddedRegistry, ...paths: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    paths.map((path) => [path, world.put(`${path}:1`, { labels: { path } }, registry).root.digest]),
  );
}
