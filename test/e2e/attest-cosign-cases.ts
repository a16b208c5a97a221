import assert from 'node:assert/strict';
import { P256, RSA2048, TEST_PASSWORD } from '../../src/attestation/test-cosign-keys.ts';
import { cosignTag } from '../../src/testing/index.ts';
import { CosignProgram, STATEMENT } from '../attestation/cosign-program.ts';
import type { Outcome } from '../support/processes.ts';
import { startScanner, trivyReport } from '../support/scanner.ts';
import { requireTool } from '../support/tools.ts';
import { type Case, multiPlatform, pod } from './cases.ts';
import { errorsOf } from './command.ts';
import { scored } from './gate-world.ts';
import type { World } from './world.ts';

const APP = multiPlatform(1);
const ENV = { COSIGN_PASSWORD: TEST_PASSWORD };

/** Copies `app:v1` and signs the copy. */
async function sign(
  world: World,
  more: readonly string[] = [],
  env: Record<string, string> = ENV,
): Promise<Outcome> {
  await world.file('cosign.key', P256.keyText);
  return await world.reimage(
    [
      '-sign-cosign-key',
      'cosign.key',
      '-remote-path',
      world.name('imported'),
      '-write-mappings-file=m.json',
      ...more,
    ],
    pod(world.name('app:v1')),
    env,
  );
}

/** The copy by its digest. */
function copyOf(world: World): string {
  return `${world.imported('app', APP).replace(/:[^:/]*$/, '')}@${APP.root.digest}`;
}

/** The signature tag of the copy; undefined when nobody signed. */
async function signatureOf(world: World): Promise<object | undefined> {
  return await world.held(world.pathOf(world.imported('app', APP)), cosignTag(APP.root.digest));
}

/** Signatures by a key of cosign. */
export const COSIGN_CASES: readonly Case[] = [
  {
    name: 'cosign: the real cosign verifies the copy in both forms, and the next run signs nothing',
    run: async (world, t) => {
      const program = await requireTool(t, 'cosign');
      if (program === undefined) return;
      await world.put('app', 'v1', APP);
      const outcome = await sign(world);
      assert.equal(outcome.stdout, pod(world.imported('app', APP)), outcome.stderr);
      await using cosign = await CosignProgram.create(program);
      for (const form of ['tag', 'bundle'] as const) {
        const { code, stderr, statements } = await cosign.verify(copyOf(world), P256, form);
        assert.equal(code, 0, stderr);
        assert.deepEqual(statements, [STATEMENT[form]]);
        assert.notEqual((await cosign.verify(copyOf(world), RSA2048, form)).code, 0);
      }
      world.resetCounts();
      const again = await sign(world);
      assert.equal(again.code, 0, again.stderr);
      assert.match(again.stderr, /msg="attested already" image=\S+ by="cosign key cosign\.key"/);
      assert.equal(world.writes, 0);
    },
  },
  {
    name: 'cosign: a wrong password, no password and no key fail before anything is copied or scanned',
    run: async (world) => {
      await world.put('app', 'v1', APP);
      await using scanner = await startScanner();
      const gate = ['-vulncheck-command', scanner.command, '-vulncheck-max-cvss=7'];
      for (const [env, key, words] of [
        [
          { COSIGN_PASSWORD: 'hunter2' },
          'cosign.key',
          /^cosign key cosign\.key: the password in COSIGN_PASSWORD does not open it$/,
        ],
        [{}, 'cosign.key', /COSIGN_PASSWORD/],
        [ENV, 'no.key', /no\.key/],
        [ENV, 'm.json', /m\.json/],
      ] as const) {
        await world.file('m.json', '{}');
        const outcome = await sign(world, [...gate, '-sign-cosign-key', key], env);
        assert.deepEqual([outcome.stdout, outcome.code], ['', 1], outcome.stderr);
        assert.match(errorsOf(outcome).join('\n'), words);
        assert.equal(outcome.stderr.includes('hunter2'), false);
        assert.equal(await world.read('m.json'), '{}');
      }
      assert.deepEqual([world.writes, scanner.calls.length], [0, 0]);
    },
  },
  {
    name: 'cosign: what is rejected, and what a dry run would have copied, is not signed',
    run: async (world) => {
      await world.put('app', 'v1', APP);
      let cvss = 9;
      await using scanner = await startScanner(() => trivyReport(scored('CVE-1', cvss)));
      const gate = ['-vulncheck-command', scanner.command, '-vulncheck-max-cvss=7'];
      const rejected = await sign(world, gate);
      assert.deepEqual([rejected.stdout, rejected.code], ['', 3], rejected.stderr);
      cvss = 5;
      const dry = await sign(world, [...gate, '-dryrun']);
      assert.equal(dry.code, 0, dry.stderr);
      assert.equal(world.writes, 0);
      const unseen = await sign(world, [...gate, '-vulncheck-ignore-images=.']);
      assert.equal(unseen.code, 0, unseen.stderr);
      assert.equal(await signatureOf(world), undefined);
      const accepted = await sign(world, gate);
      assert.equal(accepted.code, 0, accepted.stderr);
      assert.notEqual(await signatureOf(world), undefined);
    },
  },
  {
    name: 'cosign: neither password nor key is written down, whatever becomes of the run',
    run: async (world) => {
      await world.put('app', 'v1', APP);
      await using scanner = await startScanner();
      const password = 'correct horse battery staple';
      const more = [
        '-debug',
        '-log-file=log',
        '-vulncheck-command',
        scanner.command,
        '-vulncheck-max-cvss=7',
        '-vulncheck-report-output=r.json',
      ];
      const good = await sign(world, more);
      const bad = await sign(world, more, { COSIGN_PASSWORD: password });
      assert.deepEqual([good.code, bad.code], [0, 1], good.stderr + bad.stderr);
      const written = await Promise.all(['log', 'r.json', 'm.json'].map((name) => world.read(name)));
      const lines = P256.keyText.split('\n').filter((line) => line.length > 20 && !line.startsWith('---'));
      for (const text of [good.stdout, good.stderr, bad.stderr, ...written]) {
        for (const secret of [password, 'PRIVATE KEY', ...lines]) assert.equal(text.includes(secret), false);
      }
    },
  },
];
