import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UsageError } from './go-flags.ts';
import { logFileArgument, openLogFile } from './log-file.ts';

test('the file of the log is what the flag says, then what the environment says', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-log-file-'));
  t.after(() => rm(folder, { recursive: true }));
  const [flag, variable] = [join(folder, 'flag'), join(folder, 'variable')];
  openLogFile('', { REIMAGE_LOG: variable }, assert.fail)?.('a\n');
  openLogFile(flag, { REIMAGE_LOG: variable }, assert.fail)?.('b\n');
  openLogFile('', { REIMAGE_LOG: variable }, assert.fail)?.('c\n');
  assert.equal(await readFile(flag, 'utf8'), 'b\n');
  assert.equal(await readFile(variable, 'utf8'), 'a\nc\n');
  assert.equal((await stat(variable)).mode & 0o777, 0o600);
});

test('without a name there is no file, and one that cannot be written is refused', () => {
  assert.equal(openLogFile('', {}, assert.fail), undefined);
  assert.equal(openLogFile('', { REIMAGE_LOG: '' }, assert.fail), undefined);
  assert.throws(() => openLogFile('', { REIMAGE_LOG: '/nonexistent/a' }, assert.fail), UsageError);
});

test('a file that cannot be written any more is told of once', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-log-file-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'gone/log');
  await mkdir(join(folder, 'gone'));
  const told: string[] = [];
  const write = openLogFile(path, {}, (message) => told.push(message));
  write?.('a\n');
  await rm(join(folder, 'gone'), { recursive: true });
  write?.('b\n');
  write?.('c\n');
  assert.equal(told.length, 1);
  assert.match(
    told[0] ?? '',
    /^the log is no longer kept in \S+\/gone\/log: ENOENT: no such file or directory/,
  );
});

test('the file is found on a command line that cannot be parsed', () => {
  const cases: readonly (readonly [argv: readonly string[], file: string])[] = [
    [[], ''],
    [['-nope', '-log-file', 'a'], 'a'],
    [['--log-file=a=b', '-nope'], 'a=b'],
    [['-log-file', 'a', '-log-file=b'], 'b'],
    [['-log-file'], ''],
    [['-log-filed', 'a'], ''],
    [['a'], ''],
  ];
  for (const [argv, file] of cases) assert.equal(logFileArgument(argv), file, argv.join(' '));
});
