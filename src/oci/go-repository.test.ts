import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goRepository } from './go-repository.ts';
import { parseReference } from './reference.ts';

test('repositories as the Go program prints them', () => {
  const cases = [
    ['nginx', 'index.docker.io/library/nginx'],
    ['docker.io/user/app:1', 'index.docker.io/user/app'],
    ['gcr.io/p/a:1', 'gcr.io/p/a'],
    ['localhost:5000/x', 'localhost:5000/x'],
  ] as const;
  for (const [image, printed] of cases) {
    assert.equal(goRepository(parseReference(image).repository), printed);
  }
});
