import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, test } from 'node:test';
import { run, runOk } from './processes.ts';
import { requireTool } from './tools.ts';

describe('run', () => {
  test('gives the exit code and both outputs', async () => {
    const script =
      'process.stdin.pipe(process.stdout); console.error(process.env.NAME); process.exitCode = 3';
    const outcome = await run(process.execPath, ['-e', script], { stdin: 'in', env: { NAME: 'value' } });
    assert.deepEqual(outcome, { code: 3, stdout: 'in', stderr: 'value\n' });
  });

  test('runOk rejects what fails, with its words', async () => {
    await assert.rejects(runOk(process.execPath, ['-e', "console.error('broken'); process.exit(2)"]), {
      message: /ended with 2: broken$/,
    });
  });

  test('a signal ends the program', async () => {
    const stop = new AbortController();
    const running = run(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { signal: stop.signal });
    stop.abort();
    await assert.rejects(running, { name: 'AbortError' });
  });

  test('a program that is not there rejects', async () => {
    await assert.rejects(run('/nowhere/program', []), { code: 'ENOENT' });
  });
});

describe('requireTool', () => {
  test('looks on PATH, then in the folder of helpers; without the tool it skips, in CI it fails', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'tallyman-tools-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const helpers = join(folder, 'cache', 'tallyman', 'bin');
    const first = join(folder, 'first');
    await mkdir(helpers, { recursive: true });
    await mkdir(first);
    const env = {
      PATH: ['', first, join(folder, 'second')].join(delimiter),
      XDG_CACHE_HOME: join(folder, 'cache'),
    };
    const skips: unknown[] = [];
    const context = { skip: (message?: string) => void skips.push(message) };

    assert.equal(await requireTool(context, 'skopeo', env), undefined);
    assert.deepEqual(skips, ['skopeo is not installed: apt-get install skopeo']);
    await assert.rejects(requireTool(context, 'skopeo', { ...env, CI: 'true' }), {
      message: 'skopeo is not installed: apt-get install skopeo',
    });
    await writeFile(join(helpers, 'skopeo'), '', { mode: 0o755 });
    assert.equal(await requireTool(context, 'skopeo', env), join(helpers, 'skopeo'));
    await writeFile(join(first, 'skopeo'), '', { mode: 0o755 });
    assert.equal(await requireTool(context, 'skopeo', { ...env, CI: 'true' }), join(first, 'skopeo'));
    assert.equal(skips.length, 1);
  });
});
