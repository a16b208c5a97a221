import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UsageError } from './go-flags.ts';
import { logFileArgument, openLogFile } from './log-file.ts';

test('the file of the log is what the flag says, then what the environment says', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-log-file-'));
  t.after(() => rm(folder, { recursive: true }));
  const [flag, variable] = [join(folder, 'flag'), join(folder, 'variable')];
  openLogFile('', { REIMAGE_LOG: variable })?.('a\n');
  openLogFile(flag, { REIMAGE_LOG: variable })?.('b\n');
  openLogFile('', { REIMAGE_LOG: variable })?.('c\n');
  assert.equal(await readFile(flag, 'utf8'), 'b\n');
  assert.equal(await readFile(variable, 'utf8'), 'a\nc\n');
  assert.equal((await stat(variable)).mode & 0o777, 0o600);
});

test('without a name there is no file, and one that cannot be written is refused', () => {
  assert.equal(openLogFile('', {}), undefined);
  assert.equal(openLogFile('', { REIMAGE_LOG: '' }), undefined);
  assert.throws(() => openLogFile('', { REIMAGE_LOG: '/nonexistent/a' }), UsageError);
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
