import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Interner } from './interner.ts';

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  assert.ok(typeof collect === 'function');
  return () => void Reflect.apply(collect, undefined, []);
}

/** Weak references hold their values to the end of the job that touched them. */
async function nextJob(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

test('equal keys give the same value, made once', () => {
  const interner = new Interner<{ readonly n: number }>();
  const first = interner.intern('a', () => ({ n: 1 }));
  assert.equal(
    interner.intern('a', () => assert.fail('made twice')),
    first,
  );
  assert.notEqual(
    interner.intern('b', () => ({ n: 1 })),
    first,
  );
});

test('values that nobody holds go, those that are held stay the same', async () => {
  const collect = collector();
  const interner = new Interner<{ readonly n: number }>();
  const held = new Map<string, { readonly n: number }>();
  for (let n = 0; n < 20_000; n++) {
    const value = interner.intern(String(n), () => ({ n }));
    if (n % 1000 === 0) held.set(String(n), value);
    if (n % 1000 === 999) {
      await nextJob();
      if (n % 4000 === 3999) collect();
    }
  }
  assert.ok(interner.size < 10_000, `${interner.size} keys for ${held.size} values`);
  for (const [key, value] of held)
    assert.equal(
      interner.intern(key, () => assert.fail(key)),
      value,
    );
});
