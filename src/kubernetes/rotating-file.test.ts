import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeEnvironment } from '../http/fake-environment.ts';
import { FakeClock } from '../http/fake-clock.ts';
import { RotatingFile } from './rotating-file.ts';

const signal = new AbortController().signal;
const MINUTE = 60_000;

function wrong(text: string): string | undefined {
  return text.startsWith('x') ? 'is wrong' : undefined;
}

interface World {
  readonly clock: FakeClock;
  readonly files: Record<string, string | Error>;
  readonly file: RotatingFile;
  readonly reads: () => number;
}

function world(content?: string | Error, fault?: (text: string) => string | undefined): World {
  const clock = new FakeClock(0);
  const files: Record<string, string | Error> = content === undefined ? {} : { '/token': content };
  const given = fakeEnvironment({ files });
  let reads = 0;
  const environment = {
    ...given,
    readFile: async (path: string) => {
      reads += 1;
      return await given.readFile(path);
    },
  };
  return {
    clock,
    files,
    file: new RotatingFile('/token', { environment, clock }, fault),
    reads: () => reads,
  };
}

test('read once a minute, trimmed, and once for all who wait', async () => {
  const { clock, files, file, reads } = world(' one\n');
  assert.deepEqual(await Promise.all([file.read(signal), file.read(signal)]), ['one', 'one']);
  files['/token'] = 'two';
  clock.pass(MINUTE - 1);
  assert.equal(await file.read(signal), 'one');
  clock.pass(1);
  assert.equal(await file.read(signal), 'two');
  assert.equal(reads(), 2);
});

test('read again at once after it expired', async () => {
  const { files, file } = world('one');
  await file.read(signal);
  files['/token'] = 'two';
  file.expire();
  assert.equal(await file.read(signal), 'two');
});

test('what was read stays in use while there is nothing better', async () => {
  const { clock, files, file } = world('one', wrong);
  await file.read(signal);
  for (const content of [new Error('EIO'), '', ' \n', 'x']) {
    files['/token'] = content;
    clock.pass(MINUTE);
    assert.equal(await file.read(signal), 'one');
  }
  delete files['/token'];
  assert.equal(await file.read(signal), 'one');
  files['/token'] = 'two';
  assert.equal(await file.read(signal), 'two', 'a failure is not remembered for a minute');
});

test('nothing to begin with is an error', async () => {
  const cause = new Error('EIO');
  await assert.rejects(world().file.read(signal), { name: 'ConfigError', message: '/token does not exist' });
  await assert.rejects(world(' ').file.read(signal), { name: 'ConfigError', message: '/token is empty' });
  await assert.rejects(world('x', wrong).file.read(signal), {
    name: 'ConfigError',
    message: '/token is wrong',
  });
  await assert.rejects(world(cause).file.read(signal), { message: '/token cannot be read', cause });
});
