import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { startAwsCloud } from '../testing/index.ts';
import { AwsIdentity } from './aws-identity.ts';
import { fakeEnvironment } from '../http/fake-environment.ts';
import { shortlyBefore } from './token-cache.ts';

const MACHINE = { accessKeyId: 'ASIAMACHINE', secretAccessKey: 'SECRET', sessionToken: 'session' };

/** The SDK takes the address of the metadata server from the environment of its thread only. */
const WORKER = `const { parentPort, workerData } = require('node:worker_threads');
import(workerData).then(({ instanceKeys }) => instanceKeys()).then(
  ({ accessKeyId, secretAccessKey, sessionToken }) => parentPort.postMessage({ accessKeyId, secretAccessKey, sessionToken }),
  (error) => parentPort.postMessage(error.name),
);`;

test('machine: the keys of its role, by IMDSv2', async () => {
  const cloud = await startAwsCloud({ keys: [], machine: { role: 'node', keys: MACHINE } });
  try {
    const worker = new Worker(WORKER, {
      eval: true,
      workerData: new URL('./aws-identity-sdk.ts', import.meta.url).href,
      env: { AWS_EC2_METADATA_SERVICE_ENDPOINT: cloud.url, HOME: '/nowhere' },
    });
    assert.deepEqual(await once(worker, 'message'), [MACHINE]);
    await worker.terminate();
    const role = '/latest/meta-data/iam/security-credentials/';
    assert.deepEqual(cloud.calls, [
      'PUT 127.0.0.1/latest/api/token',
      `GET 127.0.0.1${role}`,
      `GET 127.0.0.1${role}node`,
    ]);
  } finally {
    await cloud.stop();
  }
});

test('profile: the named one, from the files that the environment names', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-'));
  const file = join(folder, 'credentials');
  writeFileSync(
    file,
    '[default]\naws_access_key_id=A\naws_secret_access_key=B\n[p]\naws_access_key_id=C\naws_secret_access_key=D\n',
  );
  const identity = (profile?: string): AwsIdentity =>
    new AwsIdentity({
      environment: fakeEnvironment({
        variables: {
          AWS_SHARED_CREDENTIALS_FILE: file,
          AWS_CONFIG_FILE: join(folder, 'config'),
          ...(profile === undefined ? {} : { AWS_PROFILE: profile }),
        },
        files: { [file]: 'is there' },
      }),
      transport: async () => assert.fail('nobody is to be asked'),
      cache: { clock: { now: () => 0 }, random: () => 0, renewAt: shortlyBefore },
    });
  const { signal } = new AbortController();
  try {
    const keys = [await identity('p').keys('eu-west-1', signal), await identity().keys('eu-west-1', signal)];
    assert.deepEqual(
      keys.map(({ accessKeyId, secretAccessKey }) => accessKeyId + secretAccessKey),
      ['CD', 'AB'],
    );
    await assert.rejects(identity('none').keys('eu-west-1', signal), { reason: 'invalid_configuration' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
