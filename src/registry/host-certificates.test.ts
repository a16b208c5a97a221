import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeEnvironment } from '../http/fake-environment.ts';
import { type HostCertificates, hostCertificates } from './host-certificates.ts';
import { ConfigError } from './registries-conf.ts';

const USER = '/home/me/.config/containers/certs.d';
const HOST = 'registry.example.com:5000';

function certificate(name: string): string {
  return `# ${name}\n-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n`;
}

function privateKey(name: string): string {
  return `# ${name}\n-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----\n`;
}

async function read(
  files: Readonly<Record<string, string | Error>>,
  host: string = HOST,
): Promise<HostCertificates> {
  return await hostCertificates(host, fakeEnvironment({ files }));
}

test('no folder, no certificates', async () => {
  assert.deepEqual(await read({}), { ca: [] });
  assert.deepEqual(await read({ [`${USER}/${HOST}/ca.crt`]: certificate('ca') }, 'registry.example.com'), {
    ca: [],
  });
});

test('authorities, and the first pair by name; other files do not matter', async () => {
  const folder = `/etc/docker/certs.d/${HOST}`;
  assert.deepEqual(
    await read({
      [`${folder}/b.crt`]: certificate('b'),
      [`${folder}/a.crt`]: certificate('a'),
      [`${folder}/README`]: 'certificates',
      [`${folder}/client.cert`]: certificate('client'),
      [`${folder}/client.key`]: privateKey('client'),
      [`${folder}/other.cert`]: certificate('other'),
      [`${folder}/other.key`]: privateKey('other'),
    }),
    {
      ca: [certificate('a'), certificate('b')],
      cert: certificate('client'),
      key: privateKey('client'),
    },
  );
});

test('the first folder that has files is the only one', async () => {
  const folders = [`${USER}/${HOST}`, `/etc/containers/certs.d/${HOST}`, `/etc/docker/certs.d/${HOST}`];
  for (let first = 0; first < folders.length; first++) {
    const files = Object.fromEntries(
      folders.slice(first).map((folder) => [`${folder}/ca.crt`, certificate(folder)]),
    );
    assert.deepEqual(await read(files), { ca: [certificate(folders[first] ?? '')] });
  }
});

const folder = `${USER}/${HOST}`;
const faults: readonly [name: string, files: Readonly<Record<string, string>>, message: string][] = [
  [
    'a certificate without key',
    { 'client.cert': certificate('client') },
    `${folder}/client.cert has no client.key beside it (the certificate of an authority must be named client.crt)`,
  ],
  [
    'a key without certificate',
    { 'client.key': privateKey('client'), 'client.crt': certificate('client') },
    `${folder}/client.key has no client certificate client.cert beside it`,
  ],
  ['an authority that is no PEM', { 'ca.crt': 'DER' }, `${folder}/ca.crt holds no certificate in PEM form`],
  [
    'a key that is a certificate',
    { 'c.cert': certificate('c'), 'c.key': certificate('c') },
    `${folder}/c.key holds no private key in PEM form`,
  ],
];

for (const [name, files, message] of faults) {
  test(`refused: ${name}`, async () => {
    const paths = Object.fromEntries(
      Object.entries(files).map(([file, text]) => [`${folder}/${file}`, text]),
    );
    await assert.rejects(read(paths), new ConfigError(message));
  });
}

test('what cannot be read is an error, a folder that is closed to us is none', async () => {
  const cause = new Error('input/output error');
  await assert.rejects(read({ [`${folder}/ca.crt`]: cause }), {
    name: 'ConfigError',
    message: `${folder}/ca.crt cannot be read`,
    cause,
  });
  const closed = (code: string) => ({
    ...fakeEnvironment({ files: { [`/etc/docker/certs.d/${HOST}/ca.crt`]: certificate('docker') } }),
    readDirectory: async (path: string) => {
      if (path.startsWith('/etc/containers')) throw Object.assign(new Error(code), { code });
      return path.startsWith('/etc/docker') ? ['ca.crt'] : [];
    },
  });
  assert.deepEqual(await hostCertificates(HOST, closed('EACCES')), { ca: [certificate('docker')] });
  await assert.rejects(hostCertificates(HOST, closed('EIO')), {
    name: 'ConfigError',
    message: `/etc/containers/certs.d/${HOST} cannot be read`,
    cause: Object.assign(new Error('EIO'), { code: 'EIO' }),
  });
});

test('a link that leads nowhere is an error', async () => {
  const environment = { ...fakeEnvironment(), readDirectory: async () => ['ca.crt'] };
  await assert.rejects(
    hostCertificates(HOST, environment),
    new ConfigError(`${folder}/ca.crt does not exist: a broken link?`),
  );
});
