import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { putImage, startRegistry } from '../../src/testing/index.ts';
import { imageOf, pod } from './cases.ts';
import { logLines, reimage } from './command.ts';

describe('the log', { concurrency: 4 }, () => {
  test('text: key=value with time and level, on standard error', async () => {
    const outcome = await reimage(['-ignore', '.'], { stdin: pod('a') });
    assert.match(
      outcome.stderr,
      /^time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=INFO msg=done images=0 ignored=1 changed=0 copied=0 present=0 bytes=0 blobsSent=0 blobsMounted=0 requests=0\n$/,
    );
  });

  test('json: one object a line', async () => {
    const outcome = await reimage(['-log-format', 'json'], { stdin: 'a: [' });
    const [line = '', ...rest] = outcome.stderr.split('\n');
    const { time, msg, ...others }: Record<string, unknown> = JSON.parse(line);
    assert.ok(!Number.isNaN(Date.parse(String(time))));
    assert.match(String(msg), /^<stdin>:1:\d+ \(document 1\): /);
    assert.deepEqual([others, rest], [{ level: 'error' }, ['']]);
  });

  test('-debug tells look-ups, requests and the plan', async () => {
    await using registry = await startRegistry();
    putImage(registry.store, 'app', 'v1', imageOf(1));
    const name = `${registry.host}/app:v1`;
    const outcome = await reimage(['-debug'], { stdin: pod(name) });
    const lines = logLines(outcome.stderr).map((line) => line.replace(/milliseconds=\S+/, 'milliseconds=N'));
    assert.deepEqual(lines.slice(0, 3), [
      `level=DEBUG msg=request registry=${registry.host} method=HEAD status=200 milliseconds=N`,
      `level=DEBUG msg=resolved image=${name} digest=${imageOf(1).root.digest} registry=${registry.host}`,
      'level=DEBUG msg=planned images=1 copies=0',
    ]);
  });

  test('-log-file: appended, for its owner only, besides standard error', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'tallyman-e2e-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'log');
    const first = await reimage(['-log-file', file], { stdin: 'a: 1' });
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const second = await reimage(['-log-file', file], { stdin: 'a: [' });
    assert.equal(second.code, 1);
    assert.equal(await readFile(file, 'utf8'), first.stderr + second.stderr);
    await writeFile(file, '');
    await reimage(['-log-file', file, '-V']);
    assert.equal(await readFile(file, 'utf8'), '');
  });
});
