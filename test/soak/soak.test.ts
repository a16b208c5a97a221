import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireKube } from '../support/kube-programs.ts';
import { soak } from './soak-run.ts';

test('everything that happens to servers in a minute, and each series is true at the end', async (t) => {
  const programs = await requireKube(t, 'new');
  if (!programs) return;
  const said: string[] = [];
  const { faults, comparisons, upheavals, exitCode } = await soak({
    programs,
    // One round.
    duration: 0,
    workloads: 150,
    seed: 1,
    cacheSeconds: 5,
    unrest: 12_000,
    upheavals: 8,
    rate: 15,
    period: 60_000,
    signal: t.signal,
    log: undefined,
    say: (text) => said.push(text),
    onMinute: () => undefined,
  });
  assert.deepEqual(faults, [], said.join('\n'));
  assert.equal(comparisons, 2);
  assert.equal(upheavals.size, 8);
  assert.equal(exitCode, 0);
});
