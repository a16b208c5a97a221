import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { AttestationError, type AttestationSubject, type Attester } from '../attestation/index.ts';
import { compileGoRegexp } from '../go/index.ts';
import { goRepository } from '../oci/index.ts';
import {
  buildImage,
  type BuiltImage,
  type EmbeddedRegistry,
  putImage,
  startRegistry,
} from '../testing/index.ts';
import type { Gate, GatedImage, JudgedFinding, Verdict } from '../vulnerability/index.ts';
import { ScanError } from '../vulnerability/index.ts';
import { RunError } from './failure.ts';
import { FakeRun, renaming, runOptions } from './fake-run.ts';
import type { GateStage, RunOptions, RunOutcome } from './options.ts';
import { run, type RunResult } from './run.ts';

const GOOD = buildImage({ labels: { is: 'good' } });
const BAD = buildImage({ labels: { is: 'bad' } });

/** What the fake parts heard, in order. */
interface World {
  readonly registry: EmbeddedRegistry;
  readonly context: FakeRun;
  readonly events: string[];
  readonly reports: RunOutcome[];
  /** A name in events, without the port of the day. */
  readonly plain: (text: string) => string;
}

interface Setting {
  readonly images: readonly string[];
  readonly afterCopy?: boolean;
  readonly skip?: RegExp;
  readonly breaks?: RegExp;
  /** Images that the gate wants to see before it says anything of one. */
  readonly together?: number;
  /** What it has to say of what it accepts. */
  readonly doubt?: string;
  readonly refuses?: boolean;
}

function finding(id: string): JudgedFinding {
  const nothing = { aliases: [], risk: 0, description: '', severity: '', packages: [], scored: true };
  return { ...nothing, id, cvss: 9, reason: 'CVSS 9 is above 7' };
}

function verdictOf(digest: string, doubt: string): Verdict {
  const isBad = digest === BAD.root.digest;
  return {
    ignored: [],
    accepted: isBad ? [] : [{ ...finding('CVE-1'), reason: doubt }],
    rejected: isBad ? [finding('CVE-9')] : [],
  };
}

async function setUp(t: TestContext, setting: Setting): Promise<World> {
  const registry = await startRegistry();
  putImage(registry.store, 'good', 'v1', GOOD);
  putImage(registry.store, 'good', 'v2', GOOD);
  putImage(registry.store, 'bad', 'v1', BAD);
  const events: string[] = [];
  const reports: RunOutcome[] = [];
  const plain = (text: string): string =>
    text
      .replaceAll(registry.host, 'HOST')
      .replaceAll(registry.host.replace(':', '-'), 'SOURCE')
      .replace(/@sha256:\w+/, '');
  const held = (): string =>
    registry.requests.some(({ method }) => method === 'PUT') ? ' after a push' : '';
  const all = Promise.withResolvers<void>();
  const gate: Gate = {
    afterCopy: setting.afterCopy ?? false,
    check: async ({ name, subject }: GatedImage) => {
      const place = goRepository(subject.repository);
      assert.ok(name.endsWith(`@${subject.digest}`), name);
      events.push(`scan ${plain(place)}${held()}`);
      if (events.filter((event) => event.startsWith('scan')).length >= (setting.together ?? 1)) all.resolve();
      await all.promise;
      if (setting.breaks?.test(name) === true) throw new ScanError('the scanner broke');
      return setting.skip?.test(name) === true ? undefined : verdictOf(subject.digest, setting.doubt ?? '');
    },
  };
  const attester: Attester = {
    name: 'attestor a',
    open: async () => {
      events.push('open');
      if (setting.refuses === true) throw new AttestationError('no such key');
    },
    attest: async ({ repository, digest }: AttestationSubject) => {
      events.push(`attest ${plain(goRepository(repository))}`);
      assert.notEqual(digest, BAD.root.digest);
      return 'attested';
    },
  };
  const stage: GateStage = {
    gate,
    unusedIgnores: () => [],
    report: async (outcome) => {
      reports.push(outcome);
      events.push(`report ${outcome.verdict}`);
    },
  };
  const text = setting.images.map(
    (image) => `kind: Pod\napiVersion: v1\nspec: {containers: [{image: "${registry.host}/${image}"}]}\n`,
  );
  const file = { name: 'in', bytes: Buffer.from(text.join('---\n')) };
  const context = new FakeRun([file], { gate: stage, attesters: [attester] });
  context.writeFile = async (path) => void events.push(`write ${path}`);
  t.after(async () => {
    context.client.close();
    await registry.stop();
  });
  return { registry, context, events, reports, plain };
}

async function runIn(
  { registry, context }: World,
  options: Partial<RunOptions> = {},
): Promise<RunResult | RunError> {
  const all = runOptions({
    rename: renaming(`${registry.host}/r`),
    writeMapping: { ...runOptions().writeMapping, file: 'm' },
    jobs: 1,
    ...options,
  });
  try {
    return await run(all, context);
  } catch (error) {
    assert.ok(error instanceof RunError, String(error));
    return error;
  }
}

function isThere(registry: EmbeddedRegistry, name: string, { root }: BuiltImage): boolean {
  const path = `r/${registry.host.replace(':', '-')}/${name}`;
  return registry.store.manifest(path, root.digest) !== undefined;
}

describe('a run with a gate', () => {
  test('scans the source before the copy, attests the target after all copies, and reports before the mapping', async (t) => {
    const world = await setUp(t, { images: ['good:v1'] });
    const result = await runIn(world);
    assert.ok(!(result instanceof RunError));
    assert.deepEqual(world.events, [
      'open',
      'scan HOST/good',
      'attest HOST/r/SOURCE/good',
      'report accepted',
      'write m',
    ]);
    assert.ok(isThere(world.registry, 'good', GOOD));
    world.events.length = 0;
    await runIn(world);
    assert.equal(world.events[1], 'scan HOST/r/SOURCE/good after a push', 'what is there is scanned there');
  });

  test('scans after the copy where the scanner can see nothing else', async (t) => {
    const world = await setUp(t, { images: ['good:v1'], afterCopy: true });
    await runIn(world);
    assert.equal(world.events[1], 'scan HOST/r/SOURCE/good after a push');
  });

  test('does not copy what it rejects, attests nothing, writes no mapping, but reports', async (t) => {
    const world = await setUp(t, { images: ['good:v1', 'bad:v1', 'good:v1'] });
    const error = await runIn(world);
    assert.ok(error instanceof RunError);
    assert.equal(error.rejected, true);
    assert.deepEqual(
      error.failures.map(({ message }) => world.plain(message)),
      ['in:7:29 (document 2): image "HOST/bad:v1": rejected by the gate: CVE-9 (CVSS 9 is above 7)'],
    );
    assert.deepEqual(world.events, ['open', 'scan HOST/good', 'scan HOST/bad', 'report rejected']);
    assert.ok(isThere(world.registry, 'good', GOOD));
    assert.ok(!isThere(world.registry, 'bad', BAD));
    const [report] = world.reports;
    assert.deepEqual(
      report?.images.map(({ sources, digest, verdict, failure }) => [
        sources.map(world.plain),
        digest,
        verdict?.rejected.length,
        failure,
      ]),
      [
        [['HOST/good:v1'], GOOD.root.digest, 0, undefined],
        [['HOST/bad:v1'], BAD.root.digest, 1, undefined],
      ],
    );
    assert.deepEqual(report?.failures, []);
  });

  test('-jobs counts copies, and not what waits for the gate', async (t) => {
    const images = ['bad:v1', 'good:v1'];
    const world = await setUp(t, { images, together: 2, skip: /bad/ });
    await runIn(world);
    const pushes = world.registry.requests.flatMap(({ method, path }) =>
      method === 'PUT' || method === 'POST' ? [path.includes('/bad/') ? 'bad' : 'good'] : [],
    );
    assert.deepEqual(
      pushes.filter((name, index) => name !== pushes[index - 1]),
      ['bad', 'good'],
    );
  });

  test('what is accepted in doubt brings a warning', async (t) => {
    const world = await setUp(t, { images: ['good:v1'], doubt: 'it is not scored' });
    await runIn(world);
    assert.deepEqual(
      world.context.logged.filter((line) => line.startsWith('warning')),
      [
        'warning: accepted all the same: CVE-1 (it is not scored); -vulncheck-unscored-cvss sets what findings without a score count as',
      ],
    );
  });

  test('a failed scan is a failure and no rejection, and the report says both', async (t) => {
    const world = await setUp(t, { images: ['bad:v1', 'good:v1'], breaks: /good/ });
    const error = await runIn(world);
    assert.ok(error instanceof RunError);
    assert.equal(error.rejected, false);
    assert.equal(error.failures.length, 2);
    assert.match(error.failures[1]?.message ?? '', /image "[^"]*good:v1": the scanner broke$/);
    assert.equal(world.reports[0]?.verdict, 'failed');
    assert.deepEqual(
      world.reports[0]?.images.map(({ failure }) => failure === undefined),
      [true, false],
    );
  });

  test('a run that cannot resolve an image is reported, too', async (t) => {
    const world = await setUp(t, { images: ['good:none'] });
    assert.ok((await runIn(world)) instanceof RunError);
    assert.deepEqual(world.events, ['report failed']);
    const [image] = world.reports[0]?.images ?? [];
    assert.deepEqual([image?.digest, image?.skipped], [undefined, false]);
    assert.match(image?.failure ?? '', /404/);
  });

  test('looks at one digest of one place once, whatever it is called', async (t) => {
    const world = await setUp(t, { images: ['good:v1', 'good:v2'] });
    await runIn(world);
    assert.deepEqual(
      world.events.filter((event) => /^(?:scan|attest)/.test(event)),
      ['scan HOST/good', 'attest HOST/r/SOURCE/good'],
    );
    assert.deepEqual(
      world.reports[0]?.images.map(({ sources }) => sources.length),
      [2],
    );
  });

  test('what it did not look at is copied and not attested, with a warning', async (t) => {
    const world = await setUp(t, { images: ['bad:v1', 'good:v1'], skip: /bad/ });
    assert.ok(!((await runIn(world)) instanceof RunError));
    assert.ok(isThere(world.registry, 'bad', BAD));
    assert.deepEqual(
      world.events.filter((event) => event.startsWith('attest')),
      ['attest HOST/r/SOURCE/good'],
    );
    assert.deepEqual(world.context.logged.filter((line) => line.startsWith('warning')).map(world.plain), [
      'warning: HOST/r/SOURCE/bad is not attested: the gate did not look at it',
    ]);
    assert.deepEqual(
      world.reports[0]?.images.map(({ skipped }) => skipped),
      [true, false],
    );
  });

  test('images that keep their name are judged and attested where they are; ignored ones are not touched', async (t) => {
    const world = await setUp(t, { images: ['good:v1', 'bad:v1'] });
    await runIn(world, { rename: undefined, ignore: compileGoRegexp('bad') });
    assert.deepEqual(world.events.slice(1, 3), ['scan HOST/good', 'attest HOST/good']);
    assert.equal(world.reports[0]?.images.length, 1);
  });

  test('a dry run judges the sources, and signs, copies and maps nothing', async (t) => {
    const world = await setUp(t, { images: ['good:v1'] });
    assert.ok(!((await runIn(world, { dryRun: true })) instanceof RunError));
    assert.deepEqual(world.events, ['scan HOST/good', 'report accepted']);
    assert.ok(world.registry.requests.every(({ method }) => method === 'HEAD' || method === 'GET'));
    const rejected = await runIn(await setUp(t, { images: ['bad:v1'] }), { dryRun: true });
    assert.ok(rejected instanceof RunError && rejected.rejected);
  });

  test('a dry run does not ask for scans of what was not copied', async (t) => {
    const world = await setUp(t, { images: ['good:v1'], afterCopy: true });
    await runIn(world, { dryRun: true });
    assert.deepEqual(world.events, ['report accepted']);
  });

  test('an attestor that cannot attest stops the run before anything is changed', async (t) => {
    const world = await setUp(t, { images: ['good:v1'], refuses: true });
    const error = await runIn(world);
    assert.ok(error instanceof RunError);
    assert.equal(error.message, 'attestor a: no such key');
    assert.deepEqual(world.events, ['open', 'report failed']);
    assert.ok(world.registry.requests.every(({ method }) => method === 'HEAD' || method === 'GET'));
  });

  test('a report that cannot be written fails the run, and leaves no mapping', async (t) => {
    const world = await setUp(t, { images: ['good:v1'] });
    const { gate } = world.context;
    assert.ok(gate);
    const broken = new FakeRun(await world.context.readManifests(), {
      gate: { ...gate, report: () => Promise.reject(new Error('the disk is full')) },
    });
    broken.writeFile = (path, text) => world.context.writeFile(path, text);
    t.after(() => broken.client.close());
    const error = await runIn({ ...world, context: broken });
    assert.ok(error instanceof RunError);
    assert.equal(error.message, 'cannot write the report: the disk is full');
    assert.ok(!world.events.includes('write m'));
  });
});
