import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parseFlags } from '../../src/cli/go-flags.ts';
import { REIMAGE_FLAGS } from '../../src/cli/reimage-flags.ts';
import { readOptions } from '../../src/cli/reimage-options.ts';
import { applyForSuite, at, listAt, ROOT } from './kubectl.ts';

const NAME = 'mass-copy';
const MANIFEST = 'deploy/mass-copy/mass-copy.yaml';
const CONTAINER = 'spec.template.spec.containers.0';

describe('deploy/mass-copy', () => {
  const applied = applyForSuite(MANIFEST);

  test('one apply makes these objects, all of one namespace and label', (t) => {
    if (applied.cluster(t) === undefined) return;
    const found = [...applied.objects].map(([kind, object]) => [
      kind,
      at(object, 'metadata.name'),
      at(object, 'metadata.namespace'),
      at(object, ['metadata', 'labels', 'app.kubernetes.io/name']),
    ]);
    assert.deepEqual(found, [
      ['Namespace', NAME, undefined, NAME],
      ['Secret', `${NAME}-docker-config`, NAME, NAME],
      ['Job', NAME, NAME, NAME],
    ]);
  });

  test('every Pod of the Job has a shard of its own, and all run at once', (t) => {
    if (applied.cluster(t) === undefined) return;
    const job = applied.objects.get('Job');
    const [completions, parallelism] = ['completions', 'parallelism'].map((name) =>
      Number(at(job, ['spec', name])),
    );
    assert.equal(at(job, 'spec.completionMode'), 'Indexed');
    assert.equal(parallelism, completions);
    const flags = parseFlags(REIMAGE_FLAGS, listAt(job, `${CONTAINER}.args`).map(String));
    for (const index of Array.from({ length: completions ?? 0 }, (_, each) => each)) {
      // The API server gives each Pod its index in this variable.
      const options = readOptions(flags, { JOB_COMPLETION_INDEX: String(index) });
      assert.deepEqual(options.shard, { index, count: completions });
      assert.deepEqual(options.staticMapping, { kind: 'file', path: '/mapping/mapping.json' });
    }
  });

  test('it runs the program of the image, with mapping and logins where they are looked for', (t) => {
    if (applied.cluster(t) === undefined) return;
    const job = applied.objects.get('Job');
    assert.deepEqual(at(job, `${CONTAINER}.command`), ['/nodejs/bin/node', '/app/reimage.js']);
    assert.deepEqual(at(job, `${CONTAINER}.env`), [{ name: 'HOME', value: '/home/nonroot' }]);
    assert.deepEqual(at(job, `${CONTAINER}.volumeMounts`), [
      { name: 'mapping', mountPath: '/mapping', readOnly: true },
      { name: 'docker-config', mountPath: '/home/nonroot/.docker', readOnly: true },
    ]);
    assert.equal(at(job, 'spec.template.spec.volumes.0.configMap.name'), `${NAME}-mapping`);
    assert.equal(at(job, 'spec.template.spec.automountServiceAccountToken'), false);
  });

  test('its Pods satisfy the restricted standard, which would refuse others', async (t) => {
    const cluster = applied.cluster(t);
    if (cluster === undefined) return;
    const spec = at(applied.objects.get('Job'), 'spec.template.spec');
    const pods = `/api/v1/namespaces/${NAME}/pods?dryRun=All`;
    const pod = (change: object): object => ({
      metadata: { name: 'p' },
      spec: { ...Object(spec), serviceAccountName: undefined, ...change },
    });
    const { admin } = cluster.server;
    await admin.ok('POST', `/api/v1/namespaces/${NAME}/serviceaccounts`, {
      body: { metadata: { name: 'default' } },
    });
    const accepted = await admin.send('POST', pods, { body: pod({}) });
    assert.equal(accepted.status, 201, accepted.text);
    const refused = await admin.object('POST', pods, { body: pod({ securityContext: {} }) });
    assert.equal(refused.code, 403);
    assert.match(refused.message ?? '', /violates PodSecurity "restricted:latest": runAsNonRoot/);
  });
});

test('the Job names the image of this version', async () => {
  const { version }: { version: string } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const lines = (await readFile(join(ROOT, MANIFEST), 'utf8')).split('\n').map((line) => line.trim());
  assert.ok(lines.includes(`image: tallyman/container-image-exporter:${version}`));
});
