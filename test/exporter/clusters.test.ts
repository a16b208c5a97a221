import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type EtcdAge, requireKube } from '../support/kube-programs.ts';
import { startEmbedded, startReal, type TestCluster } from './cluster.ts';
import { CREDENTIAL_CASES, SECRET } from './credential-cases.ts';
import { type ExporterProcess, startExporter } from './exporter-process.ts';
import { FAILURE_CASES } from './failure-cases.ts';
import { IMAGE_CASES } from './image-cases.ts';
import { containersOf } from './workloads.ts';
import { WORKLOAD_CASES } from './workload-cases.ts';
import { type Case, World } from './world.ts';

const CASES = [...WORKLOAD_CASES, ...IMAGE_CASES, ...FAILURE_CASES, ...CREDENTIAL_CASES];
/** What depends on how a server sends its objects. */
const SHORT = [
  'every kind, with the place of each container',
  'what is gone leaves neither series nor image behind, and what is changed is changed',
  'a hundred objects at once, and all but one gone at once',
];

/** Most of a case is waiting: for the next round of tags, for a host's next chance. */
const concurrency = 8;

test('no two cases have one name, and the short list is of theirs', () => {
  const names = new Set(CASES.map(({ name }) => name));
  assert.equal(names.size, CASES.length);
  assert.deepEqual(
    SHORT.filter((name) => !names.has(name)),
    [],
  );
});

suite('the embedded API server', CASES, () => startEmbedded());
suite('kube-apiserver with etcd 3.6', CASES, () => startReal('new'), 'new');
suite(
  "kube-apiserver with Debian's etcd 3.4",
  CASES.filter(({ name }) => SHORT.includes(name)),
  () => startReal('old'),
  'old',
);

/** Runs cases against one cluster and one exporter, and last what all of them would feel. */
function suite(
  title: string,
  cases: readonly Case[],
  start: () => Promise<TestCluster | undefined>,
  etcd?: EtcdAge,
): void {
  describe(`the exporter and ${title}`, () => {
    let cluster: TestCluster | undefined;
    let exporter: ExporterProcess | undefined;
    before(async () => {
      cluster = await start();
      if (!cluster) return;
      exporter = await startExporter({
        kubeconfig: cluster.kubeconfig(),
        args: ['--cache-duration=1s', '--log-level=debug'],
      });
      await exporter.ready();
    });
    after(async () => {
      await exporter?.[Symbol.asyncDispose]();
      await cluster?.[Symbol.asyncDispose]();
    });
    const run = (name: string, namespace: string, body: (world: World) => Promise<void>): void => {
      test(name, async (t) => {
        if (etcd !== undefined && (await requireKube(t, etcd)) === undefined) return;
        assert.ok(cluster && exporter, 'the cluster is not there');
        await using world = await World.open(cluster, exporter, namespace);
        await body(world);
      });
    };
    describe('cases', { concurrency }, () => {
      for (const [index, { name, run: body }] of cases.entries()) run(name, `case-${index}`, body);
    });
    run('nobody had to be told of the API server', 'calm', calm);
    run('an API server that is killed and comes back takes no series with it', 'restart', restart);
    run('nothing secret is in the log, and SIGTERM ends it', 'end', end);
  });
}

/** Above all not that a server cannot stream: how objects are read is nobody's business. */
async function calm({ exporter }: World): Promise<void> {
  const scrape = await exporter.scrape();
  for (const family of ['list_failures_total', 'watch_failures_total'])
    assert.deepEqual(scrape.series(`container_image_exporter_${family}`), []);
  assert.ok(scrape.series('container_image_exporter_synced').every(({ value }) => value === 1));
  assert.deepEqual(exporter.log('API server'), []);
}

async function restart(world: World): Promise<void> {
  const { cluster, exporter } = world;
  const { digest } = world.put('app:1').root;
  const image = world.image('app:1');
  for (const name of ['stays', 'goes']) await world.create('Pod', name, containersOf(image));
  const line = (name: string, known = digest): string =>
    `Pod ${name} {.spec.containers[0]} ${image} ${known}`;
  await world.showsContainers([line('stays'), line('goes')]);
  const shown = settled((await exporter.scrape()).text);
  await cluster.restart(async () => {
    // Tags go on being looked up.
    const moved = world.put('app:1', { labels: { moved: 'yes' } });
    await world.showsContainers([line('stays', moved.root.digest), line('goes', moved.root.digest)]);
    const meanwhile = new Set(settled((await exporter.scrape()).text));
    const others = shown.filter((one) => !one.includes(digest));
    assert.deepEqual(
      others.filter((one) => !meanwhile.has(one)),
      [],
    );
    assert.equal((await exporter.probe())[0], 200);
    world.put('app:1');
  });
  await world.delete('Pod', 'goes');
  await world.create('Pod', 'comes', containersOf(image));
  await world.showsContainers([line('stays'), line('comes')]);
  const later = new Set(settled((await exporter.scrape()).text));
  assert.deepEqual(
    shown.filter((one) => !later.has(one) && !one.includes('name="goes"')),
    [],
  );
}

async function end({ exporter }: World): Promise<void> {
  const secrets = [SECRET, Buffer.from(`robot:${SECRET}`).toString('base64').slice(0, 12), 'exporter-token'];
  for (const secret of secrets) {
    const line = exporter.stderr.split('\n').find((one) => one.includes(secret));
    assert.equal(line, undefined, `${secret} is in the log`);
  }
  const { code, milliseconds } = await exporter.stop();
  assert.equal(code, 0);
  assert.ok(milliseconds < 5000, `it took ${milliseconds} ms`);
}

/** The lines that have no reason to change while nothing is looked up anew. */
function settled(text: string): string[] {
  return text.split('\n').filter((line) => /^container_image_(?:container_info|label|size_bytes)/.test(line));
}
