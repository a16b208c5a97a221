import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestClient } from '../../test/support/client.ts';
import { NameError, parseReference } from '../oci/index.ts';
import { RegistryError } from './errors.ts';

describe('a host that references may have and URLs may not', () => {
  const hosts = [
    '999.1.1.1',
    '1.2.3.4.5',
    'registry.1',
    '0x100.0.0.0.1',
    '[::::]',
    '[1:2]:5000',
    '4294967296:80',
  ];
  for (const host of hosts) {
    test(host, () => {
      using subject = new TestClient();
      const { client } = subject;
      const reference = parseReference(`${host}/a:1`);
      const error = new NameError(`${host}/a`, `"${host}" cannot be the name of a host`);
      assert.throws(() => client.reader(reference), error);
      assert.throws(() => client.source(reference), error);
      assert.throws(() => client.target(reference.repository), error);
      assert.deepEqual(subject.asked, [], 'nobody looks for its credentials');
    });
  }
});

test('what names of certificates and types say ends, and is one line', () => {
  const names = `Host: r. is not in the cert's altnames:\n${'DNS:x, '.repeat(10_000)}`;
  const cause = Object.assign(new Error(names), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  const repository = { registry: 'r.example', path: 'a' };
  const { message } = new RegistryError({ repository, operation: 'look up', reason: names, cause });
  assert.match(message, /^r\.example\/a: cannot look up: Host: r\. is not in the cert's altnames: DNS:x, /);
  assert.ok(message.length < 2100 && message.endsWith('…'));
});
