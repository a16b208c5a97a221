import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRegistry } from '../../src/testing/index.ts';
import { imageOf, pod } from './cases.ts';
import { openWorld } from './world.ts';

const REPORT = JSON.stringify({ SchemaVersion: 2, Results: [] });

test('neither scanners nor templates of reports are given the password of the key', async () => {
  await using server = await startRegistry();
  await using world = await openWorld(server, 'environment');
  await world.put('app', 'v1', imageOf(1));
  await world.file('scan.sh', `env >seen\necho '${REPORT}'\n`);
  await world.file('report.tmpl', '{{ env "OTHER" }},{{ env "COSIGN_PASSWORD" }}');
  const gate = ['-vulncheck-max-cvss=7', '-vulncheck-command', 'sh scan.sh'];
  const report = ['-vulncheck-report-template', 'report.tmpl', '-vulncheck-report-output', 'report'];
  const env = { COSIGN_PASSWORD: 'hunter2', OTHER: 'seen' };
  const outcome = await world.reimage([...gate, ...report], pod(world.name('app:v1')), env);
  assert.equal(outcome.code, 0, outcome.stderr);
  const seen = await world.read('seen');
  assert.match(seen, /^OTHER=seen$/m);
  assert.doesNotMatch(seen, /hunter2/);
  assert.equal(await world.read('report'), 'seen,');
});
