import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { runProcess } from './run-process.ts';

const signal = new AbortController().signal;
const program = process.execPath;

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'process-'));
  t.after(async () => await rm(path, { recursive: true, force: true }));
  return path;
}

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
    message: 'it printed more than 1048576 bytes',
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

/** Waits for the end of a program that has called; one that is killed may reset what it leaves. */
async function hungUp(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket
    .on('error', () => undefined)
    .on('close', () => resolve())
    .resume();
  await promise;
}

/** A program that ends at once and leaves another one behind, which has its output. */
function leaving(script: string): { program: string; args: string[]; variables: Record<string, string> } {
  const start = `require('node:child_process').spawn(process.execPath, ['-e', process.argv[1], process.pid], { stdio: 'inherit' }).unref()`;
  return { program, args: ['-e', start, script], variables: {} };
}

test('what a program leaves behind may print without end', { timeout: 10_000 }, async () => {
  const request = leaving('const print = () => process.stdout.write("x".repeat(65536), print); print()');
  await assert.rejects(runProcess(request, signal), { message: 'it printed more than 1048576 bytes' });
});

/** The first connection that a test's programs make, which ends when they do. */
class Line {
  readonly #server = createServer();

  async open(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const { port }: AddressInfo = Object(this.#server.address());
    return port;
  }

  async answer(): Promise<Socket> {
    const [socket] = await once(this.#server, 'connection');
    assert.ok(socket instanceof Socket);
    this.#server.close();
    return socket;
  }
}

test('the signal ends the wait for what a program left behind', { timeout: 10_000 }, async () => {
  const line = new Line();
  const port = await line.open();
  // Calls as soon as it is an orphan, and ends with the connection.
  const orphan = `const call = () => require('node:net').connect(${port}, '127.0.0.1').on('close', () => process.exit()).resume();
    const timer = setInterval(() => { if (process.ppid !== Number(process.argv[1])) { clearInterval(timer); call(); } }, 5)`;
  const controller = new AbortController();
  const running = runProcess(leaving(orphan), controller.signal);
  const connection = await line.answer();
  const reason = new Error('enough');
  controller.abort(reason);
  await assert.rejects(running, reason);
  connection.destroy();
});

/** A script that calls, holds what it inherited, and writes a file when it is told to. */
function calling(port: number, file: string): string {
  return `require('node:net').connect(${port}, '127.0.0.1').on('data', () => require('node:fs').writeFileSync('${file}', ''))`;
}

/** The same, and tells its parent when it is there. */
function telling(port: number, file: string): string {
  return `${calling(port, file)}.on('connect', () => process.kill(process.ppid, 'SIGUSR2'))`;
}

describe('a group', () => {
  /** Starts the child, says so, and goes on. */
  const parent = `const { spawn } = require('node:child_process');
    spawn(process.execPath, ['-e', process.argv[1]], { stdio: 'inherit' });
    console.error('Fetching the database');`;

  test('is killed with the program, and none of it does anything after', { timeout: 10_000 }, async (t) => {
    const file = join(await folder(t), 'written');
    const line = new Line();
    const args = ['-e', parent, calling(await line.open(), file)];
    const said: string[] = [];
    const controller = new AbortController();
    const lastWords = (words: string): void => void said.push(words);
    const running = runProcess({ program, args, variables: {}, group: true, lastWords }, controller.signal);
    const connection = await line.answer();
    const closed = hungUp(connection);
    const reason = new Error('enough');
    controller.abort(reason);
    connection.write('now');
    await assert.rejects(running, reason);
    await closed;
    assert.equal(existsSync(file), false);
    assert.deepEqual(said, ['Fetching the database\n']);
  });

  test('ends with the program, and holds no result back', { timeout: 10_000 }, async (t) => {
    const line = new Line();
    const file = join(await folder(t), 'written');
    const leave = `${parent} process.stdout.write('{}'); setInterval(() => undefined, 1000);
      process.once('SIGUSR2', () => process.exit())`;
    const args = ['-e', leave, telling(await line.open(), file)];
    const running = runProcess({ program, args, variables: {}, group: true }, signal);
    await hungUp(await line.answer());
    const { exitCode, stdout } = await running;
    assert.deepEqual({ exitCode, stdout }, { exitCode: 0, stdout: '{}' });
  });

  test('ends with a program that prints too much', { timeout: 10_000 }, async (t) => {
    const line = new Line();
    const file = join(await folder(t), 'written');
    // The program prints when the child is there.
    const print = `${parent} setInterval(() => undefined, 1000); process.once('SIGUSR2', () => {
      const print = () => process.stdout.write('x'.repeat(65536), print); print(); });`;
    const args = ['-e', print, telling(await line.open(), file)];
    const request = { program, args, variables: {}, group: true, maxOutput: 100_000 };
    const running = assert.rejects(runProcess(request, signal), {
      message: 'it printed more than 100000 bytes',
    });
    await hungUp(await line.answer());
    await running;
  });
});

test('a long output, and characters that come in two pieces', async () => {
  const count = 1_500_001;
  const script = `process.stdout.write('a' + 'é'.repeat(${count})); process.stderr.write('é'.repeat(${count}) + 'end')`;
  const request = { program, args: ['-e', script], variables: {}, maxOutput: 2 * count + 1 };
  const { stdout, stderr } = await runProcess(request, signal);
  assert.equal(stdout, `a${'é'.repeat(count)}`);
  // Half a character is left of the one where the end begins.
  assert.equal(stderr, `\ufffd${'é'.repeat(524_286)}end`);
});
