import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listItemType, podSpecPath } from './workloads.ts';

test('the pod spec of every kind and version that has one', () => {
  const template = 'spec.template.spec';
  const cases: Readonly<Record<string, string>> = {
    'v1 Pod': 'spec',
    'v1 PodTemplate': 'template.spec',
    'v1 ReplicationController': template,
    'apps/v1 Deployment': template,
    'apps/v1 ReplicaSet': template,
    'apps/v1 DaemonSet': template,
    'apps/v1 StatefulSet': template,
    'apps/v1beta2 Deployment': template,
    'apps/v1beta2 ReplicaSet': template,
    'apps/v1beta2 DaemonSet': template,
    'apps/v1beta2 StatefulSet': template,
    'apps/v1beta1 Deployment': template,
    'apps/v1beta1 StatefulSet': template,
    'extensions/v1beta1 Deployment': template,
    'extensions/v1beta1 ReplicaSet': template,
    'extensions/v1beta1 DaemonSet': template,
    'batch/v1 Job': template,
    'batch/v1 CronJob': 'spec.jobTemplate.spec.template.spec',
    'batch/v1beta1 CronJob': 'spec.jobTemplate.spec.template.spec',
    'batch/v2alpha1 CronJob': 'spec.jobTemplate.spec.template.spec',
  };
  for (const [type, path] of Object.entries(cases)) {
    const [apiVersion = '', kind = ''] = type.split(' ');
    assert.equal(podSpecPath({ apiVersion, kind })?.join('.'), path, type);
  }
});

test('other types have no pod spec', () => {
  for (const [apiVersion, kind] of [
    ['v1', 'PersistentVolume'],
    ['v2', 'Pod'],
    ['apps/v1', 'Pod'],
    ['apps/v1', 'ControllerRevision'],
    ['apps/v1', 'toString'],
    ['constructor', 'name'],
    ['', ''],
  ] as const) {
    assert.equal(podSpecPath({ apiVersion, kind }), undefined);
  }
});

test('what the items of a list are unless they say', () => {
  assert.deepEqual(listItemType({ apiVersion: 'v1', kind: 'List' }), { apiVersion: '', kind: '' });
  assert.deepEqual(listItemType({ apiVersion: 'apps/v1', kind: 'DeploymentList' }), {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
  });
  assert.equal(listItemType({ apiVersion: 'apps/v1', kind: 'Deployment' }), undefined);
});
