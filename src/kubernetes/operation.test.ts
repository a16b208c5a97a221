import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operationOf } from './operation.ts';

for (const [verb, path, operation] of [
  ['get', '/api/v1/pods', 'list pods'],
  ['watch', '/apis/batch/v1/cronjobs', 'watch cronjobs'],
  ['get', '/apis/apps/v1/namespaces/web/deployments', 'list deployments of namespace "web"'],
  ['watch', '/api/v1/namespaces/web/pods', 'watch pods of namespace "web"'],
  ['get', '/api/v1/namespaces/web/secrets/hub', 'read secrets "web/hub"'],
  ['get', '/version', 'read /version'],
  ['watch', '/version', 'watch /version'],
] as const) {
  test(operation, () => assert.equal(operationOf(verb, path), operation));
}
