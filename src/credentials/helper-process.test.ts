import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { HelperResult } from './helper.ts';
import { runHelperProcess } from './helper-process.ts';

const options = { skip: process.platform === 'win32' ? 'the helpers of this test are shell scripts' : false };

/** Runs a shell script as the program `docker-credential-test`. */
async function run(
  script: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<HelperResult> {
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-helper-'));
  const program = 'docker-credential-test';
  try {
    await writeFile(join(folder, program), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const variables = { PATH: `${folder}:${process.env['PATH']}`, COLOUR: 'blue' };
    return await runHelperProcess({ program, input: 'a.io', variables }, signal);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a helper gets its argument, input and variables, and is heard', options, async () => {
  assert.deepEqual(await run('read server; echo "$1 $server $COLOUR"; echo oops >&2; exit 3'), {
    exitCode: 3,
    stdout: 'get a.io blue\n',
    stderr: 'oops\n',
  });
});

test('a helper that does not read its input', options, async () => {
  assert.deepEqual(await run('exec <&-; echo done'), { exitCode: 0, stdout: 'done\n', stderr: '' });
});

test('a program that does not exist', async () => {
  const request = { program: 'docker-credential-none', input: '', variables: { PATH: '/nowhere' } };
  await assert.rejects(runHelperProcess(request, new AbortController().signal), { code: 'ENOENT' });
});

test('a helper that does not stop printing is stopped', options, async () => {
  await assert.rejects(run('exec cat /dev/zero'), { message: 'it printed more than 65536 characters' });
});

test('the signal kills the helper', { ...options, timeout: 10_000 }, async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-helper-'));
  try {
    const script = '#!/bin/sh\nexec sleep 30\n';
    await writeFile(join(folder, 'docker-credential-test'), script, { mode: 0o755 });
    const variables = { PATH: `${folder}:${process.env['PATH']}` };
    const running = runHelperProcess(
      { program: 'docker-credential-test', input: '', variables },
      controller.signal,
    );
    controller.abort(reason);
    await assert.rejects(running, reason);
  } finally {
    await rm(folder, { recursive: true });
  }
  const late = runHelperProcess({ program: 'none', input: '', variables: {} }, controller.signal);
  await assert.rejects(late, reason);
});
