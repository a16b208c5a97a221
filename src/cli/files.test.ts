import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { describe, type TestContext, test } from 'node:test';
import { readManifestFiles, readText, replaceFile } from './files.ts';

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-files-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const { signal } = new AbortController();

async function read(paths: readonly string[], stdin = ''): Promise<readonly (readonly [string, string])[]> {
  const files = await readManifestFiles(paths, Readable.from([Buffer.from(stdin)]), signal);
  return files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()]);
}

describe('readManifestFiles', () => {
  test('standard input, named or not', async () => {
    assert.deepEqual(await read([], 'a: 1'), [['<stdin>', 'a: 1']]);
    assert.deepEqual(await read(['-'], 'a: 1'), [['<stdin>', 'a: 1']]);
  });

  test('files and folders, in their order', async (t) => {
    const folder = await folderOf(t);
    for (const name of ['b.YAML', 'a.yml', 'c.json', 'd.txt', 'e']) await writeFile(join(folder, name), name);
    await mkdir(join(folder, 'sub'));
    assert.deepEqual(await read([join(folder, 'e'), folder, '-'], 'in'), [
      [join(folder, 'e'), 'e'],
      [join(folder, 'a.yml'), 'a.yml'],
      [join(folder, 'b.YAML'), 'b.YAML'],
      [join(folder, 'c.json'), 'c.json'],
      ['<stdin>', 'in'],
    ]);
  });

  test('what cannot be read, one by one and all together', async (t) => {
    const folder = await folderOf(t);
    const file = join(folder, 'file.yaml');
    await writeFile(file, '');
    await mkdir(join(folder, 'empty'));
    const faults: readonly (readonly [string, string])[] = [
      [join(folder, 'none'), `cannot read ${join(folder, 'none')}: there is no such file or folder`],
      [join(file, 'x'), `cannot read ${join(file, 'x')}: a part of its path is no folder`],
      [join(folder, 'empty'), `there is no .yaml, .yml or .json file in ${join(folder, 'empty')}`],
    ];
    for (const [path, message] of faults) await assert.rejects(read([path]), { name: 'FileError', message });
    await assert.rejects(read(faults.map(([path]) => path)), (error: unknown) => {
      assert.ok(error instanceof AggregateError);
      const messages = error.errors.map((fault: unknown) => (fault instanceof Error ? fault.message : ''));
      assert.deepEqual(
        messages,
        faults.map(([, message]) => message),
      );
      return true;
    });
    await assert.rejects(read(['-', file, '-']), { message: 'standard input can be read only once' });
  });

  test('a broken standard input', async () => {
    const stdin = new PassThrough();
    const reading = readManifestFiles([], stdin, signal);
    stdin.destroy(new Error('the pipe broke'));
    await assert.rejects(reading, {
      name: 'FileError',
      message: 'cannot read standard input: the pipe broke',
    });
  });

  test('an abort ends the wait for standard input', async () => {
    const stop = new AbortController();
    const reading = readManifestFiles([], new PassThrough(), stop.signal);
    stop.abort(new Error('stop'));
    await assert.rejects(reading, { message: 'stop' });
  });
});

test('readText', async (t) => {
  const folder = await folderOf(t);
  await writeFile(join(folder, 'x'), 'ü');
  assert.equal(await readText(join(folder, 'x')), 'ü');
  await assert.rejects(readText(folder), {
    name: 'FileError',
    message: `cannot read ${folder}: it is a folder`,
  });
});

describe('replaceFile', () => {
  test('a new file is for its owner only; an old one is replaced, with its mode', async (t) => {
    const folder = await folderOf(t);
    const path = join(folder, 'm.json');
    for (const text of ['one', 'two']) {
      await replaceFile(path, text);
      assert.equal(await readFile(path, 'utf8'), text);
      assert.equal((await stat(path)).mode & 0o777, 0o600);
      await chmod(path, 0o644);
    }
    assert.deepEqual(await readdir(folder), ['m.json']);
  });

  test('a failure leaves the old file and nothing else', async (t) => {
    const folder = await folderOf(t);
    await mkdir(join(folder, 'm.json'));
    await writeFile(join(folder, 'm.json', 'kept'), '');
    await assert.rejects(replaceFile(join(folder, 'm.json'), 'x'), {
      name: 'FileError',
      message: `cannot write ${join(folder, 'm.json')}: it is a folder`,
    });
    await assert.rejects(replaceFile(join(folder, 'none', 'm'), 'x'), {
      message: `cannot write ${join(folder, 'none', 'm')}: there is no such file or folder`,
    });
    const long = join(folder, 'n'.repeat(300));
    await assert.rejects(replaceFile(long, 'x'), { name: 'FileError' });
    assert.deepEqual(await readdir(folder, { recursive: true }), ['m.json', join('m.json', 'kept')]);
  });

  test('a text that cannot be written leaves no temporary file', async (t) => {
    const folder = await folderOf(t);
    await writeFile(join(folder, 'm'), 'old');
    // The temporary file is open by the time that this is found to be no text.
    const broken: unknown = Symbol('no text');
    await assert.rejects(Reflect.apply(replaceFile, undefined, [join(folder, 'm'), broken]), {
      name: 'FileError',
    });
    assert.deepEqual(await readdir(folder), ['m']);
    assert.equal(await readFile(join(folder, 'm'), 'utf8'), 'old');
  });

  test('a link stays a link, and what it leads to is replaced', async (t) => {
    const folder = await folderOf(t);
    await writeFile(join(folder, 'real'), 'old');
    await symlink('real', join(folder, 'link'));
    await symlink('missing', join(folder, 'dangling'));
    await replaceFile(join(folder, 'link'), 'new');
    await replaceFile(join(folder, 'dangling'), 'made');
    assert.equal(await readFile(join(folder, 'real'), 'utf8'), 'new');
    assert.equal(await readFile(join(folder, 'missing'), 'utf8'), 'made');
    assert.equal((await stat(join(folder, 'missing'))).mode & 0o777, 0o600);
    assert.deepEqual((await readdir(folder)).toSorted(), ['dangling', 'link', 'missing', 'real']);
  });

  test('a pipe is written to', async (t) => {
    const folder = await folderOf(t);
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [text] = await Promise.all([readFile(pipe, 'utf8'), replaceFile(pipe, 'through')]);
    assert.equal(text, 'through');
    assert.ok((await stat(pipe)).isFIFO());
  });
});
