import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fakeEnvironment } from '../../src/http/fake-environment.ts';
import { type ClientConfig, loadClientConfig } from '../../src/kubernetes/index.ts';

const signal = new AbortController().signal;

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** A JSON Web Token that ends at a time, in seconds. */
function jwt(exp: number): string {
  return `${base64('{}')}.${base64(JSON.stringify({ exp }))}.c2ln`;
}

async function config(provider: string): Promise<ClientConfig> {
  const kubeconfig = `
current-context: dev
contexts: [{name: dev, context: {cluster: dev, user: me}}]
clusters: [{name: dev, cluster: {server: "https://api.test"}}]
users: [{name: me, user: {auth-provider: ${provider}}}]
`;
  return await loadClientConfig({
    environment: fakeEnvironment({ files: { '/k/c': kubeconfig } }),
    clock: { now: () => Date.now(), sleep: async () => {} },
    nodeVersion: '24.5.0',
    kubeconfig: '/k/c',
  });
}

describe('users with an auth-provider, by the official client', () => {
  test('an OpenID Connect token that has not ended', async () => {
    const token = jwt(Math.floor(Date.now() / 1000) + 3600);
    const { identity } = await (await config(`{name: oidc, config: {id-token: ${token}}}`)).access(signal);
    assert.deepEqual(identity, { headers: { authorization: `Bearer ${token}` } });
  });

  test('one that has ended and cannot be renewed', async () => {
    const access = (await config(`{name: oidc, config: {id-token: ${jwt(1)}}}`)).access(signal);
    await assert.rejects(access, {
      name: 'ConfigError',
      message: 'auth-provider oidc of /k/c, context "dev" gave no token: it may have ended, log in again',
    });
  });

  test('the older ways of clouds', async () => {
    for (const name of ['gcp', 'azure']) {
      const { identity } = await (await config(`{name: ${name}, config: {access-token: abc}}`)).access(
        signal,
      );
      assert.deepEqual(identity, { headers: { authorization: 'Bearer abc' } });
    }
    const access = (await config('{name: gcp, config: {expiry: "2001-01-01T00:00:00Z"}}')).access(signal);
    await assert.rejects(access, { message: /^auth-provider gcp of .* failed: Token is expired!$/ });
  });
});
