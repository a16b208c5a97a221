import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { runProcess } from './run-process.ts';

const signal = new AbortController().signal;
const program = process.execPath;

test('arguments and variables in, output and exit code out', async () => {
  const script =
    'process.stdout.write(process.argv[1] + process.env.COLOUR); console.error("oops"); process.exitCode = 3';
  const request = { program, args: ['-e', script, 'sky '], variables: { COLOUR: 'blue' } };
  assert.deepEqual(await runProcess(request, signal), { exitCode: 3, stdout: 'sky blue', stderr: 'oops\n' });
});

test('a program reads its input', async () => {
  const script = 'process.stdin.on("data", (text) => process.stdout.write(`<${text}>`))';
  const request = { program, args: ['-e', script], input: 'a.io', variables: {} };
  assert.deepEqual(await runProcess(request, signal), { exitCode: 0, stdout: '<a.io>', stderr: '' });
});

test('a program that does not read its input', async () => {
  const input = 'x'.repeat(1 << 20);
  const request = { program, args: ['-e', 'console.log("done")'], input, variables: {} };
  assert.deepEqual(await runProcess(request, signal), { exitCode: 0, stdout: 'done\n', stderr: '' });
});

test('a program that does not stop printing is stopped', async () => {
  const script = 'const print = () => process.stdout.write("x".repeat(65536), print); print()';
  await assert.rejects(runProcess({ program, args: ['-e', script], variables: {} }, signal), {
    message: 'it printed more than 1048576 characters',
  });
});

test('a program that does not exist', async () => {
  const request = { program: 'get-token', args: [], variables: { PATH: '/nowhere' } };
  await assert.rejects(runProcess(request, signal), { code: 'ENOENT' });
});

test('the signal kills the program', { timeout: 10_000 }, async () => {
  const controller = new AbortController();
  const request = { program, args: ['-e', 'setInterval(() => {}, 1000)'], variables: {} };
  const running = runProcess(request, controller.signal);
  const reason = new Error('enough');
  controller.abort(reason);
  await assert.rejects(running, reason);
  await assert.rejects(runProcess(request, controller.signal), reason);
});

/** A program that ends at once and leaves another one behind, which has its output. */
function leaving(script: string): { program: string; args: string[]; variables: Record<string, string> } {
  const start = `require('node:child_process').spawn(process.execPath, ['-e', process.argv[1], process.pid], { stdio: 'inherit' }).unref()`;
  return { program, args: ['-e', start, script], variables: {} };
}

test('what a program leaves behind may print without end', { timeout: 10_000 }, async () => {
  const request = leaving('const print = () => process.stdout.write("x".repeat(65536), print); print()');
  await assert.rejects(runProcess(request, signal), { message: 'it printed more than 1048576 characters' });
});

test('the signal ends the wait for what a program left behind', { timeout: 10_000 }, async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port }: AddressInfo = Object(server.address());
  // Calls as soon as it is an orphan, and ends with the connection.
  const orphan = `const call = () => require('node:net').connect(${port}, '127.0.0.1').on('close', () => process.exit()).resume();
    const timer = setInterval(() => { if (process.ppid !== Number(process.argv[1])) { clearInterval(timer); call(); } }, 5)`;
  const controller = new AbortController();
  const running = runProcess(leaving(orphan), controller.signal);
  const [connection] = await once(server, 'connection');
  const reason = new Error('enough');
  controller.abort(reason);
  await assert.rejects(running, reason);
  connection.destroy();
  server.close();
});
