import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { processEnvironment } from './environment.ts';

test('the environment of this process: what is missing is undefined or empty, what fails throws', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-environment-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const name of ['b', 'a']) await writeFile(join(folder, name), `text of ${name}`);
  const environment = processEnvironment();
  assert.equal(environment.variables, process.env);
  assert.deepEqual([environment.home, environment.platform], [homedir(), process.platform]);
  assert.equal(await environment.readFile(join(folder, 'a')), 'text of a');
  assert.equal(await environment.readFile(join(folder, 'none')), undefined);
  assert.equal(await environment.readFile(join(folder, 'a', 'below')), undefined);
  await assert.rejects(environment.readFile(folder), { code: 'EISDIR' });
  assert.deepEqual(await environment.readDirectory(folder), ['a', 'b']);
  assert.deepEqual(await environment.readDirectory(join(folder, 'none')), []);
});
