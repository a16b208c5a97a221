import assert from 'node:assert/strict';
import { before, describe, type TestContext, test } from 'node:test';
import { sideBySide } from '../../src/reimage/pool.ts';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { findTool, requireTool } from '../support/tools.ts';
import { type Mode, Moments, openSetting } from './one-digest.ts';

const RENAMED: Mode = {
  name: 'renamed by the default template',
  flags: ({ host }) => ['-remote-path', `${host}/r`],
  targetOf: ({ host }) => `r/${host.replace(':', '-')}/app`,
};

const MODES: readonly Mode[] = [
  RENAMED,
  {
    name: 'pinned in its place',
    flags: () => ['-rename-force-digest'],
    targetOf: () => 'app',
  },
  {
    name: 'renamed to a tag of its own, and pinned',
    flags: ({ host }) => [
      '-rename-force-digest',
      '-remote-path',
      `${host}/r`,
      '-rename-template',
      '{{ .RemotePath }}/{{ .Repository }}:{{ .Tag }}',
    ],
    targetOf: () => 'r/app',
  },
  {
    name: 'copied before, without copies',
    flags: ({ host }) => ['-no-copy', '-remote-path', `${host}/r`],
    targetOf: RENAMED.targetOf,
    isCopied: true,
  },
  {
    name: 'by a mapping',
    flags: () => [],
    targetOf: () => 'r/app',
    isMapped: true,
  },
  {
    name: 'by a mapping alone',
    flags: () => ['-rename-force-digest'],
    targetOf: () => 'r/app',
    isMapped: true,
    isMappingsOnly: true,
  },
  {
    name: 'scanned by Google after the copy',
    flags: ({ host }) => ['-remote-path', `${host}/r`],
    targetOf: RENAMED.targetOf,
    isGrafeas: true,
  },
];

/** As many as keep two processors busy. */
const WIDTH = 3;

let certificates: Certificates | undefined;
before(async () => {
  const openssl = await findTool('openssl');
  if (openssl !== undefined) certificates = await makeCertificates(openssl);
});

/** Runs while the tag moves, and gives the run's steps; all that the run leaves behind must be of one digest. */
async function assertOneDigest(
  t: TestContext,
  mode: Mode,
  isMoved: (step: string) => boolean,
): Promise<Moments> {
  const moments = new Moments(isMoved);
  if (certificates === undefined) {
    await requireTool(t, 'openssl');
    return moments;
  }
  await using setting = await openSetting(mode, moments, certificates);
  const outcome = await setting.run();
  assert.equal(outcome.code, 0, outcome.stderr);
  const { digestFirstSeen } = setting;
  for (const [what, digests] of Object.entries(await setting.digests(outcome))) {
    assert.ok(digests.length > 0, `nothing is ${what}`);
    assert.deepEqual([...new Set(digests)], [digestFirstSeen], what);
  }
  return moments;
}

/** Where a digest is handed on from one part of a run to the next. */
const HANDING_ON = /scan|manifests\/(?!DIGEST\.sig)|ATTESTATION|asymmetricSign|DISCOVERY|VULNERABILITY/;

describe('whatever a tag does meanwhile, all is scanned, copied, attested, mapped and printed of one digest:', () => {
  for (const mode of MODES) {
    test(`${mode.name}: the tag moves at every step, and once at each`, async (t) => {
      const { steps, contents } = await assertOneDigest(t, mode, () => true);
      if (certificates === undefined) return;
      assert.equal(contents.length, steps.length + 1);
      const moments = mode === RENAMED ? steps : steps.filter((step) => HANDING_ON.test(step));
      assert.ok(moments.length > 5, moments.join('\n'));
      const results = await sideBySide(moments, WIDTH, async (moment) => {
        const moved = await assertOneDigest(t, mode, (step) => step === moment);
        assert.equal(moved.contents.length, 2, 'the tag did not move');
      });
      for (const [index, result] of results.entries()) {
        if (result.status === 'rejected') throw new Error(`at ${moments[index]}`, { cause: result.reason });
      }
    });
  }
});
