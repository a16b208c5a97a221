import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fakeEnvironment } from '../http/fake-environment.ts';
import { ConfigError } from './config-error.ts';
import { readKubeconfigs } from './kubeconfig.ts';

const ONE = `
current-context: dev
contexts:
- name: dev
  context: {cluster: dev, user: me, namespace: web}
clusters:
- name: dev
  cluster: {server: https://one}
`;
const TWO = `
current-context: prod
clusters:
- name: dev
  cluster: {server: https://two, tls-server-name: two}
users:
- name: me
  user: {token: abc}
`;

async function read(files: Readonly<Record<string, string | Error>>, paths: readonly string[]) {
  return await readKubeconfigs(paths, fakeEnvironment({ files }));
}

test('of several files the first wins, entry by entry; those that are missing do not matter', async () => {
  const context = await read({ '/a/one': ONE, '/b/two': TWO }, ['/none', '/a/one', '/b/two']);
  assert.equal(context?.source, '/a/one, /b/two, context "dev"');
  assert.equal(context.namespace, 'web');
  assert.equal(context.cluster.folder, '/a');
  assert.equal(context.cluster.fields.string('server'), 'https://one');
  assert.equal(context.cluster.fields.string('tls-server-name'), undefined, 'entries are not blended');
  assert.equal(context.user?.folder, '/b');
  assert.equal(context.user.fields.string('token'), 'abc');
});

test('no file, no context', async () => {
  assert.equal(await read({}, ['/none']), undefined);
});

test('an empty file among others', async () => {
  const context = await read({ '/empty': '\n', '/a/one': `${ONE}users: [{name: me}]\n` }, [
    '/empty',
    '/a/one',
  ]);
  assert.equal(context?.user?.fields.string('token'), undefined);
});

describe('broken files: which, where and what, and nothing of what they hold', () => {
  const user = (text: string): string => `${ONE}users:\n- name: me\n  user: ${text}\n`;
  const cases: readonly [text: string, message: string][] = [
    ['a: *topsecret\n', 'kubeconfig /f, line 1, column 5: not valid YAML'],
    ['users:\n- name: "topsecret\n', 'kubeconfig /f, line 3, column 1: not valid YAML'],
    ['topsecret', 'kubeconfig /f is not an object'],
    ['users: topsecret', 'kubeconfig /f: users is not a list'],
    ['users: [topsecret]', 'kubeconfig /f: users[0] is not an object'],
    ['users: [{}]', 'kubeconfig /f: users[0] has no name'],
    ['users: [{name: 1}]', 'kubeconfig /f: users[0].name is not a string: put it in quotes'],
    ['users: [{name: a}, {name: a}]', 'kubeconfig /f: two of users are named "a"'],
    ['{}', 'kubeconfig /f has no current-context (kubectl config use-context NAME sets it)'],
    ['current-context: x', 'kubeconfig /f: current-context names "x", which is not among the contexts'],
    [ONE, 'kubeconfig /f: context "dev" names "me", which is not among the users'],
    [
      'current-context: x\ncontexts: [{name: x, context: {cluster: c}}]',
      'kubeconfig /f: context "x" names "c", which is not among the clusters',
    ],
    ['current-context: x\ncontexts: [{name: x}]', 'kubeconfig /f: contexts[0].context has no cluster'],
  ];
  for (const [text, message] of cases) {
    test(message, async () => {
      await assert.rejects(read({ '/f': text }, ['/f']), new ConfigError(message));
    });
  }

  test('a part that is not used may be broken', async () => {
    const text = user('{token: abc}').replace(
      'clusters:',
      'clusters:\n- {name: other, cluster: {server: 1}}',
    );
    assert.equal((await read({ '/f': text }, ['/f']))?.user?.fields.string('token'), 'abc');
  });

  test('a file that cannot be read', async () => {
    const cause = new Error('EACCES');
    const message = 'kubeconfig /f cannot be read';
    await assert.rejects(read({ '/f': cause }, ['/f']), { name: 'ConfigError', message, cause });
  });
});
