import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { nodeFault } from './node-version.ts';

function faultOf(node: string): string | undefined {
  return nodeFault('reimage', { versions: { ...process.versions, node }, execPath: '/usr/bin/node' });
}

test('an older Node.js is told in a sentence, with the way out', () => {
  for (const node of ['22.19.0', '22.21.1', '24.0.0', '100.1.0']) assert.equal(faultOf(node), undefined);
  for (const node of ['22.18.9', '20.20.2', '9.99.0']) {
    assert.equal(
      faultOf(node),
      `reimage needs Node.js 22.19 or later, and /usr/bin/node is ${node}: install a newer one, and put it first on the PATH`,
    );
  }
});

test('it is the version of package.json', async () => {
  const { engines } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  assert.match(String(faultOf('1.0.0')), new RegExp(`Node\\.js ${engines.node.replace('>=', '')} or`));
});
