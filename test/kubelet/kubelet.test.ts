import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { doWithout, requireTool } from '../support/tools.ts';

const directory = import.meta.dirname;
const run = promisify(execFile);

test("the fixtures are what the kubelet's keyring gives today", async (context) => {
  const go = await requireTool(context, 'go');
  if (go === undefined) return;
  // Kubernetes is too big to be fetched for one test: it is held to what lies in Go's cache.
  const options = {
    cwd: directory,
    env: { ...process.env, GOPROXY: 'off', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' },
    maxBuffer: 16_777_216,
  };
  try {
    await run(go, ['list', '-deps', '.'], options);
  } catch {
    const message = 'Go 1.26 and the modules of Kubernetes are not here: cd test/kubelet && go list -deps .';
    doWithout(context, message, process.env);
    return;
  }
  const { stdout } = await run(go, ['run', '.'], options);
  const fixtures = await readFile(join(directory, 'fixtures.json'), 'utf8');
  assert.deepEqual(JSON.parse(stdout), JSON.parse(fixtures));
});
