import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { FAMILIES } from '../../src/exporter/families.ts';
import { run } from '../support/processes.ts';
import { requireTool } from '../support/tools.ts';
import { ROOT } from './kubectl.ts';
import { strangers } from './metric-names.ts';

const ALERTS = join(ROOT, 'deploy/alerts.yaml');

test('promtool accepts the alerts', async (t) => {
  const promtool = await requireTool(t, 'promtool');
  if (promtool === undefined) return;
  const { code, stdout, stderr } = await run(promtool, ['check', 'rules', '--lint-fatal', ALERTS]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /SUCCESS: 6 rules found/);
});

test('they fire when they should, and say what they should', async (t) => {
  const promtool = await requireTool(t, 'promtool');
  if (promtool === undefined) return;
  const cases = join(import.meta.dirname, 'alerts-test.yaml');
  const { code, stdout, stderr } = await run(promtool, ['test', 'rules', cases]);
  assert.equal(code, 0, stdout + stderr);
});

test('they name no family that the exporter does not have', async () => {
  assert.deepEqual(strangers(await readFile(ALERTS, 'utf8'), FAMILIES), []);
});
