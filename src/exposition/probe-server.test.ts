import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../http/index.ts';
import { startProbeServer } from './probe-server.ts';

const OPTIONS = { flag: '--health-probe-bind-address', clock: systemClock, unready: () => [] };

test('probes say whether the exporter is alive and ready', async (t) => {
  let reasons: readonly string[] = ['pods are not synced', 'images were not tried'];
  const listener = await startProbeServer({ ...OPTIONS, address: '127.0.0.1:0', unready: () => reasons });
  assert.ok(listener);
  t.after(() => listener.close(0));
  const ask = async (path: string): Promise<readonly [number, string]> => {
    const response = await fetch(`http://${listener.address}${path}`);
    return [response.status, await response.text()];
  };
  assert.deepEqual(await ask('/healthz'), [200, 'ok']);
  assert.deepEqual(await ask('/readyz'), [503, 'pods are not synced\nimages were not tried\n']);
  reasons = [];
  assert.deepEqual(await ask('/readyz?verbose'), [200, 'ok']);
  assert.deepEqual(await ask('/metrics'), [404, 'Here are /healthz and /readyz.\n']);
});

test('an address may ask for no server', async () => {
  assert.equal(await startProbeServer({ ...OPTIONS, address: '' }), undefined);
  assert.equal(await startProbeServer({ ...OPTIONS, address: '0' }), undefined);
});

test('a bad address names its flag', async () => {
  await assert.rejects(startProbeServer({ ...OPTIONS, address: 'x' }), {
    name: 'ListenError',
    message: /^--health-probe-bind-address "x": /,
  });
});
