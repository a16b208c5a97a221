import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { putImage, startRegistry } from '../../src/testing/index.ts';
import { imageOf, pod } from './cases.ts';
import { builtProgram, environment, errorsOf, logLines, reimage, startReimage } from './command.ts';
import { startHooked } from './hooked-registry.ts';

describe('signals', { concurrency: 4 }, () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    test(`${signal} in the middle of an upload: nothing printed, no tag, no open session`, async () => {
      await using source = await startRegistry();
      let reached: (() => void) | undefined;
      const inUpload = new Promise<void>((resolve) => (reached = resolve));
      const wait = async (_: unknown, gone: AbortSignal): Promise<void> => {
        reached?.();
        await once(gone, 'abort');
      };
      // With the second PUT both sessions are known to the client.
      await using registry = await startHooked({ kind: 'PUT upload' }, wait, { after: 1 });
      putImage(source.store, 'app', 'v1', imageOf(1));
      const running = startReimage(['-remote-path', `${registry.host}/r`], {
        stdin: pod(`${source.host}/app:v1`),
      });
      await inUpload;
      running.kill(signal);
      const outcome = await running.outcome;
      assert.deepEqual([outcome.stdout, outcome.code], ['', code], outcome.stderr);
      assert.deepEqual(errorsOf(outcome), [`interrupted by ${signal}; nothing was printed`]);
      assert.deepEqual(
        registry.store.repositories().flatMap((name) => registry.store.tags(name)),
        [],
      );
      assert.equal(registry.openUploads, 0);
    });
  }

  test('SIGINT while it waits for its input', async () => {
    const child = spawn(process.execPath, [builtProgram()], { env: environment() });
    const closed = once(child, 'close');
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    // More than a pipe holds: once it is taken, the command is reading.
    await new Promise((resolve) => child.stdin.write('#'.repeat(1 << 20), resolve));
    child.kill('SIGINT');
    const [code] = await closed;
    assert.equal(code, 130, stderr);
    assert.deepEqual(logLines(stderr), ['level=ERROR msg="interrupted by SIGINT; nothing was printed"']);
  });
});

describe('standard output', { concurrency: 4 }, () => {
  test('a reader that went away is a failure', async () => {
    const child = spawn(process.execPath, [builtProgram()], { env: environment() });
    const closed = once(child, 'close');
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdout.destroy();
    await once(child.stdout, 'close');
    child.stdin.end('kind: Nothing\n');
    const [code] = await closed;
    assert.equal(code, 1);
    assert.deepEqual(logLines(stderr), ['level=ERROR msg="cannot write the output: write EPIPE"']);
  });

  test('a large output comes whole through a pipe', async () => {
    const input = `${pod('skip')}---\n`.repeat(30_000);
    const outcome = await reimage(['-ignore', '.'], { stdin: input });
    assert.equal(outcome.code, 0);
    assert.ok(outcome.stdout === input);
  });
});
