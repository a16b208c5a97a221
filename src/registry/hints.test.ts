import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Ending, ecrHint } from './hints.ts';

const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const UNKNOWN: Ending = { status: 404, codes: ['NAME_UNKNOWN'] };

function broken(code: string): Ending {
  return { cause: Object.assign(new Error(code), { code }) };
}

function hintOf(method: string, ending: Ending, registry = ECR): string | undefined {
  return ecrHint({ repository: { registry, path: 'team/app' }, method }, ending).hint;
}

describe('a repository that ECR does not have', () => {
  const hinted: readonly (readonly [string, string, Ending])[] = [
    ['an upload that is answered', 'POST', UNKNOWN],
    ['a manifest that is answered', 'PUT', UNKNOWN],
    ['an upload that is hung up on', 'POST', broken('ECONNRESET')],
    ['a piece that is hung up on', 'PATCH', broken('EPIPE')],
  ];
  for (const [name, method, ending] of hinted) {
    test(`${name} comes with the command that makes it`, () => {
      const command = 'aws ecr create-repository --region eu-west-1 --repository-name team/app';
      assert.equal(hintOf(method, ending), `ECR needs the repository first: ${command}`);
    });
  }

  const plain: readonly (readonly [string, string, Ending, string?])[] = [
    ['a read', 'GET', UNKNOWN],
    ['a look-up that is hung up on', 'HEAD', broken('ECONNRESET')],
    ['a name that does not resolve', 'POST', broken('ENOTFOUND')],
    ['a host that refuses the connection', 'POST', broken('ECONNREFUSED')],
    ['a host that is silent', 'PUT', broken('ETIMEDOUT')],
    ['another error', 'PUT', { status: 404, codes: ['MANIFEST_UNKNOWN'] }],
    ['another status', 'PUT', { status: 403, codes: ['NAME_UNKNOWN'] }],
    ['another registry', 'PUT', UNKNOWN, 'r.example'],
    ['a registry that only ends like one', 'PUT', UNKNOWN, `${ECR}.r.example`],
  ];
  for (const [name, method, ending, registry] of plain) {
    test(`${name} has no hint`, () => {
      assert.equal(hintOf(method, ending, registry), undefined);
    });
  }
});
