import assert from 'node:assert/strict';
import {
  type ApiCase,
  assertFailure,
  createPods,
  deployment,
  mergePatch,
  names,
  pod,
  podsPath,
} from './protocol.ts';

const NAME_FORM =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

const KINDS = [
  ['/api/v1', 'pods', 'Pod'],
  ['/api/v1', 'replicationcontrollers', 'ReplicationController'],
  ['/api/v1', 'secrets', 'Secret'],
  ['/api/v1', 'serviceaccounts', 'ServiceAccount'],
  ['/apis/apps/v1', 'daemonsets', 'DaemonSet'],
  ['/apis/apps/v1', 'deployments', 'Deployment'],
  ['/apis/apps/v1', 'replicasets', 'ReplicaSet'],
  ['/apis/apps/v1', 'statefulsets', 'StatefulSet'],
  ['/apis/batch/v1', 'cronjobs', 'CronJob'],
  ['/apis/batch/v1', 'jobs', 'Job'],
] as const;

/** Creating, changing and deleting objects, one at a time. */
export const OBJECT_CASES: readonly ApiCase[] = [
  {
    name: 'kinds: each has its typed list, in a namespace and in all',
    async run({ client, namespace }) {
      for (const [root, resource, kind] of KINDS) {
        for (const path of [`${root}/namespaces/${namespace}/${resource}`, `${root}/${resource}`]) {
          const list = await client.ok('GET', path);
          assert.equal(list.kind, `${kind}List`);
          assert.equal(list.apiVersion, root.replace(/^\/apis?\//, ''));
          assert.ok(Array.isArray(list.items));
        }
      }
      assert.equal((await client.ok('GET', '/api/v1/namespaces')).kind, 'NamespaceList');
    },
  },
  {
    name: 'health and version',
    async run({ client }) {
      for (const path of ['/healthz', '/livez', '/readyz']) {
        assert.equal((await client.send('GET', path)).text, 'ok');
      }
      const version: { major: string } = JSON.parse((await client.send('GET', '/version')).text);
      assert.equal(version.major, '1');
    },
  },
  {
    name: 'paths: what is not served',
    async run({ client }) {
      assertFailure(await client.send('GET', '/api/v1/nothings'), {
        code: 404,
        reason: 'NotFound',
        message: 'the server could not find the requested resource',
        details: {},
      });
      const page = await client.send('GET', '/nothing');
      assert.deepEqual([page.status, page.text], [404, '404 page not found\n']);
      for (const [method, path] of [
        ['POST', '/api/v1/pods'],
        ['DELETE', '/api/v1/namespaces'],
        ['PUT', '/api/v1/namespaces/default/pods'],
      ] as const) {
        assertFailure(await client.send(method, path, { body: pod('a') }), {
          code: 405,
          reason: 'MethodNotAllowed',
          message: 'the server does not allow this method on the requested resource',
          details: {},
        });
      }
    },
  },
  {
    name: 'create: what the server adds, and what it keeps',
    async run(context) {
      const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'a', uid: 'u', controller: true };
      const { client, namespace } = context;
      const made = await client.ok('POST', podsPath(context), {
        body: { ...pod('a'), metadata: { name: 'a', labels: { of: 'us' }, ownerReferences: [owner] } },
      });
      const { metadata } = made;
      assert.deepEqual([made.kind, made.apiVersion], ['Pod', 'v1']);
      assert.deepEqual([metadata.namespace, metadata.generation], [namespace, 1]);
      assert.match(metadata.uid ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      assert.match(metadata.resourceVersion ?? '', /^[1-9]\d*$/);
      assert.match(metadata.creationTimestamp ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.equal(metadata.managedFields?.length, 1);
      assert.deepEqual([metadata.labels, metadata.ownerReferences], [{ of: 'us' }, [owner]]);
      assert.deepEqual(await client.ok('GET', `${podsPath(context)}/a`), made);
    },
  },
  {
    name: 'create: a name may be made up, a secret be written as text',
    async run(context) {
      const { client, namespace } = context;
      const body = { ...pod(''), metadata: { generateName: 'made-' } };
      const made = await client.ok('POST', podsPath(context), { body });
      assert.match(made.metadata.name ?? '', /^made-[a-z0-9]{5}$/);
      const { text } = await client.send('POST', `/api/v1/namespaces/${namespace}/secrets`, {
        body: { metadata: { name: 's' }, stringData: { key: 'text' } },
      });
      const secret: Record<string, unknown> = JSON.parse(text);
      assert.deepEqual([secret['data'], secret['type']], [{ key: 'dGV4dA==' }, 'Opaque']);
    },
  },
  {
    name: 'create: refused',
    async run(context) {
      const { client, namespace } = context;
      await createPods(context, ['there']);
      assertFailure(await client.send('POST', podsPath(context), { body: pod('there') }), {
        code: 409,
        reason: 'AlreadyExists',
        message: 'pods "there" already exists',
        details: { name: 'there', kind: 'pods' },
      });
      assertFailure(await client.send('POST', '/api/v1/namespaces/nowhere/pods', { body: pod('a') }), {
        code: 404,
        reason: 'NotFound',
        message: 'namespaces "nowhere" not found',
        details: { name: 'nowhere', kind: 'namespaces' },
      });
      const badName = `Invalid value: "A_b": ${NAME_FORM}`;
      assertFailure(
        await client.send('POST', podsPath(context), { body: { metadata: { name: 'A_b' }, spec: {} } }),
        {
          code: 422,
          reason: 'Invalid',
          message: `Pod "A_b" is invalid: [metadata.name: ${badName}, spec.containers: Required value]`,
          details: {
            name: 'A_b',
            kind: 'Pod',
            causes: [
              { reason: 'FieldValueInvalid', message: badName, field: 'metadata.name' },
              { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.containers' },
            ],
          },
        },
      );
      const elsewhere = { ...pod('a'), metadata: { name: 'a', namespace: `${namespace}-not` } };
      assertFailure(await client.send('POST', podsPath(context), { body: elsewhere }), {
        code: 400,
        reason: 'BadRequest',
        message: 'the namespace of the provided object does not match the namespace sent on the request',
      });
    },
  },
  {
    name: 'change: what changes nothing is no version; generation counts changes of the spec',
    async run({ client, namespace }) {
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
      const made = await client.ok('POST', path, { body: deployment('a') });
      const same = await mergePatch(client, `${path}/a`, { metadata: { labels: null } });
      assert.equal(same.metadata.resourceVersion, made.metadata.resourceVersion);
      const labelled = await mergePatch(client, `${path}/a`, { metadata: { labels: { a: 'b' } } });
      assert.notEqual(labelled.metadata.resourceVersion, made.metadata.resourceVersion);
      assert.deepEqual([labelled.metadata.labels, labelled.metadata.generation], [{ a: 'b' }, 1]);
      const scaled = await mergePatch(client, `${path}/a`, { spec: { replicas: 2 } });
      assert.deepEqual([scaled.metadata.generation, scaled.metadata.uid], [2, made.metadata.uid]);
      const bare = await mergePatch(client, `${path}/a`, { metadata: { labels: { a: null } } });
      assert.equal(bare.metadata.labels, undefined);
    },
  },
  {
    name: 'change: PUT of a version that is over, under another name, of what is not there',
    async run(context) {
      const { client } = context;
      const path = `${podsPath(context)}/a`;
      const [made] = await createPods(context, ['a']);
      const labelled = { ...made, metadata: { ...made?.metadata, labels: { a: 'b' } } };
      assert.deepEqual((await client.ok('PUT', path, { body: labelled })).metadata.labels, { a: 'b' });
      assertFailure(await client.send('PUT', path, { body: labelled }), {
        code: 409,
        reason: 'Conflict',
        message:
          'Operation cannot be fulfilled on pods "a": the object has been modified; please apply your changes to the latest version and try again',
        details: { name: 'a', kind: 'pods' },
      });
      assertFailure(await client.send('PUT', `${podsPath(context)}/b`, { body: labelled }), {
        code: 400,
        reason: 'BadRequest',
        message: 'the name of the object (a) does not match the name on the URL (b)',
      });
      const missing = { ...pod('b') };
      for (const method of ['PUT', 'PATCH'] as const) {
        const contentType = method === 'PUT' ? 'application/json' : 'application/merge-patch+json';
        assertFailure(await client.send(method, `${podsPath(context)}/b`, { body: missing, contentType }), {
          code: 404,
          reason: 'NotFound',
          message: 'pods "b" not found',
          details: { name: 'b', kind: 'pods' },
        });
      }
    },
  },
  {
    name: 'change: the status by a path of its own only',
    async run(context) {
      const { client } = context;
      const path = `${podsPath(context)}/a`;
      await createPods(context, ['a']);
      const phase = async (): Promise<unknown> =>
        JSON.parse((await client.send('GET', path)).text).status.phase;
      await mergePatch(client, path, { status: { phase: 'Running' } });
      assert.equal(await phase(), 'Pending');
      await mergePatch(client, `${path}/status`, { status: { phase: 'Running' } });
      assert.equal(await phase(), 'Running');
    },
  },
  {
    name: 'delete: a pod is shown again, a deployment is reported, neither is there after',
    async run(context) {
      const { client, namespace } = context;
      await createPods(context, ['a']);
      const gone = await client.ok('DELETE', `${podsPath(context)}/a`);
      assert.deepEqual([gone.kind, gone.metadata.name], ['Pod', 'a']);
      const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
      const made = await client.ok('POST', deployments, { body: deployment('d') });
      assert.deepEqual(await client.object('DELETE', `${deployments}/d`), {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        details: { name: 'd', group: 'apps', kind: 'deployments', uid: made.metadata.uid },
      });
      for (const path of [`${podsPath(context)}/a`, `${deployments}/d`]) {
        assert.equal((await client.send('DELETE', path)).status, 404);
        assert.equal((await client.send('GET', path)).status, 404);
      }
    },
  },
  {
    name: 'delete: what has finalizers, or a node, is marked and stays',
    async run(context) {
      const { client, namespace } = context;
      const secrets = `/api/v1/namespaces/${namespace}/secrets`;
      await client.ok('POST', secrets, {
        body: { metadata: { name: 's', finalizers: ['example.com/hold'] } },
      });
      await client.ok('DELETE', `${secrets}/s`);
      const held = await client.ok('GET', `${secrets}/s`);
      assert.match(held.metadata.deletionTimestamp ?? '', /^\d{4}-/);
      await mergePatch(client, `${secrets}/s`, { metadata: { finalizers: null } });
      assert.equal((await client.send('GET', `${secrets}/s`)).status, 404);
      const spec = { nodeName: 'node-1', containers: [{ name: 'app', image: 'example/app:1' }] };
      await client.ok('POST', podsPath(context), { body: { metadata: { name: 'p' }, spec } });
      const leaving = await client.ok('DELETE', `${podsPath(context)}/p`);
      assert.match(leaving.metadata.deletionTimestamp ?? '', /^\d{4}-/);
      assert.equal((await client.send('GET', `${podsPath(context)}/p`)).status, 200);
      await client.ok('DELETE', `${podsPath(context)}/p?gracePeriodSeconds=0`);
      assert.equal((await client.send('GET', `${podsPath(context)}/p`)).status, 404);
    },
  },
  {
    name: 'delete: all that a selector selects',
    async run(context) {
      const { client } = context;
      for (const [name, app] of [
        ['a', 'x'],
        ['b', 'y'],
        ['c', 'x'],
      ] as const) {
        await client.ok('POST', podsPath(context), { body: pod(name, { app }) });
      }
      const gone = await client.ok('DELETE', `${podsPath(context)}?labelSelector=app%3Dx`);
      assert.deepEqual([gone.kind, names(gone)], ['PodList', ['a', 'c']]);
      assert.deepEqual(names(await client.ok('GET', podsPath(context))), ['b']);
    },
  },
];
