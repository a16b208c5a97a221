import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestClient } from '../../test/support/client.ts';
import { hello, listen, lookUpAs, send } from '../../test/support/sending.ts';
import { parseReference } from '../oci/index.ts';
import { buildImage, type FaultAction, putImage, startRegistry } from '../testing/index.ts';
import { RegistryError } from './errors.ts';
import { type Guard, guardFor } from './guard.ts';

const CLOUD = 'an address of the machine or its cloud';
const MACHINE = 'an address of this machine';
const IMAGE = buildImage();

/** The guard of requests to a URL for a registry. */
function clusterGuard(registry: string, url: string): Guard {
  const guard = guardFor('cluster', registry, new URL(url));
  assert.ok(guard);
  return guard;
}

describe('in a cluster', () => {
  const guard = clusterGuard('r.example', 'https://r.example/');
  const refused: readonly (readonly [string, string])[] = [
    ['169.254.169.254', CLOUD],
    ['169.254.170.2:80', CLOUD],
    ['[::ffff:169.254.169.254]', CLOUD],
    ['[::ffff:a9fe:a9fe]:443', CLOUD],
    ['[64:ff9b::a9fe:a9fe]', CLOUD],
    ['fe80::1', CLOUD],
    ['fe80::1%eth0', CLOUD],
    ['fd00:ec2::254', CLOUD],
    ['[fd00:ec2::23]', CLOUD],
    ['fd20:ce::254', CLOUD],
    ['168.63.129.16', CLOUD],
    ['100.100.100.200', CLOUD],
    ['metadata.google.internal', 'a metadata service'],
    ['Metadata.Google.Internal.:80', 'a metadata service'],
    ['instance-data', 'a metadata service'],
    ['127.0.0.1', MACHINE],
    ['127.8.8.8:5000', MACHINE],
    ['localhost', MACHINE],
    ['LOCALHOST.:1', MACHINE],
    ['a.localhost', MACHINE],
    ['::1', MACHINE],
    ['[::ffff:127.0.0.1]', MACHINE],
    ['0.0.0.0', MACHINE],
    ['[::]', MACHINE],
  ];
  for (const [host, reason] of refused) test(`not ${host}`, () => assert.equal(guard(host), reason));

  for (const host of [
    'r.example',
    '10.0.0.1',
    '192.168.1.1:5000',
    '172.16.0.1',
    '[fd00::1]',
    '203.0.113.1',
  ]) {
    test(`yes ${host}`, () => assert.equal(guard(host), undefined));
  }

  test('a registry named by a loopback name is reached there, and nobody else', () => {
    const local = (url: string): string | undefined => clusterGuard('localhost:5000', url)(new URL(url).host);
    assert.equal(local('http://localhost:5000/'), undefined);
    assert.equal(local('http://localhost:5001/token'), undefined);
    assert.equal(local('http://127.0.0.1:5001/token'), MACHINE);
    assert.equal(clusterGuard('localhost:5000', 'http://localhost:5000/')('127.0.0.1'), undefined);
    assert.equal(clusterGuard('localhost:5000', 'http://localhost:5000/')('169.254.1.1'), CLOUD);
    const elsewhere = 'no address of this machine, as its name says';
    const named = clusterGuard('evil.localhost:5000', 'http://evil.localhost:5000/');
    assert.deepEqual(
      ['evil.localhost:5000', '127.0.0.1', '::1', '10.0.0.1', '203.0.113.1', 'fd00::1'].map(named),
      [undefined, undefined, undefined, elsewhere, elsewhere, elsewhere],
    );
    assert.equal(clusterGuard('[::1]:5000', 'http://[::1]:5000/')('[::1]:5000'), undefined);
    assert.equal(clusterGuard('169.254.1.1', 'https://169.254.1.1/')('169.254.1.1'), CLOUD);
  });
});

test('elsewhere nothing is out of bounds', () => {
  assert.equal(guardFor('none', 'r.example', new URL('https://169.254.169.254/')), undefined);
});

/** Refuses one address that is not asked for. */
function closed(host: string): string | undefined {
  return host === '203.0.113.1' ? 'closed' : undefined;
}

describe('a guarded connection', () => {
  const guard = clusterGuard('r.example', 'http://r.example/');

  test('is not made to a name that has a forbidden address, even as one of several', async () => {
    for (const [address, reason] of [
      ['169.254.169.254', CLOUD],
      ['127.0.0.1', MACHINE],
    ] as const) {
      const { lookup } = lookUpAs('203.0.113.1', address);
      await assert.rejects(send('http://r.example:1/', { guard }, { lookup }), {
        name: 'DestinationError',
        kind: 'blocked',
        message: `refused to connect to r.example: ${address} is ${reason}`,
      });
    }
  });

  test('is made to others, and to a proxy on this machine', async () => {
    using server = await listen(hello());
    const { lookup } = lookUpAs('127.0.0.1');
    const direct = await send(`http://r.example:${server.port}/x`, { guard: closed }, { lookup });
    assert.equal(direct.text, 'hello /x');
    const proxy = { http_proxy: `http://localhost:${server.port}` };
    const through = await send('http://r.example/x', { guard }, { variables: proxy });
    assert.equal(through.text, 'hello http://r.example/x');
  });
});

async function kindOf(host: string, subject: TestClient): Promise<string> {
  try {
    await subject.digestOf(`${host}/a:1`);
  } catch (error) {
    assert.ok(error instanceof RegistryError, String(error));
    return error.kind;
  }
  return 'none';
}

/** A challenge that sends us somewhere for a token. */
function realm(to: string): FaultAction {
  return { kind: 'status', status: 401, headers: { 'WWW-Authenticate': `Bearer realm="${to}"` } };
}

describe('a guarded client', () => {
  test('asks a registry on this machine that is named so, and follows it nowhere forbidden', async () => {
    await using registry = await startRegistry();
    putImage(registry.store, 'a', '1', IMAGE);
    using subject = new TestClient({ guard: 'cluster' });
    assert.equal(await kindOf(registry.host, subject), 'none');
    const { port } = new URL(registry.url);
    const actions: readonly FaultAction[] = [
      { kind: 'redirect', to: 'http://169.254.169.254/latest/meta-data' },
      { kind: 'redirect', to: 'http://[fd00:ec2::254]/' },
      { kind: 'redirect', to: 'http://metadata.google.internal/' },
      { kind: 'redirect', to: `http://localhost:${port}/` },
      realm('http://169.254.169.254/'),
      realm(`http://localhost:${port}/`),
    ];
    for (const action of actions) {
      using anew = new TestClient({ guard: 'cluster' });
      registry.reset();
      registry.faults.add({ match: {}, action });
      assert.equal(await kindOf(registry.host, anew), 'blocked', JSON.stringify(action));
      assert.equal(registry.requests.length, 1, 'nobody is asked there');
    }
  });

  test('asks nobody at a forbidden address that is written', async () => {
    using subject = new TestClient({ guard: 'cluster' });
    const hosts = [
      '169.254.169.254',
      'metadata.google.internal',
      '0.0.0.0:1',
      // Other spellings of addresses, as URLs read them.
      '0x7f.1',
      '2130706433:443',
      '017700000001:80',
      '0177.0.0.1:5000',
      '127.1:5000',
      '0xA9FEA9FE:80',
      '0xa9.16689662',
      '0251.0376.0251.0376',
      '[::ffff:a9fe:a9fe]',
      '[64:ff9b::a9fe:a9fe]:443',
      '[fd00:ec2::254]:80',
      'METADATA.google.Internal',
    ];
    for (const host of hosts) {
      const reader = subject.client.reader(parseReference(`${host}/a:1`));
      await assert.rejects(
        reader.resolve({ tag: '1', digest: undefined }, subject.signal),
        (error) => error instanceof RegistryError && error.kind === 'blocked',
      );
    }
    assert.deepEqual(
      subject.events.map(({ status }) => status),
      hosts.map(() => 0),
    );
  });
});
