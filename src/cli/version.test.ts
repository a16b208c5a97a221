import assert from 'node:assert/strict';
import { test } from 'node:test';
import { versionText } from './version.ts';

test('a build from source says so', () => {
  assert.equal(
    versionText('program'),
    `program development (tallyman, node ${process.version}, ${process.platform}/${process.arch})\n`,
  );
});
