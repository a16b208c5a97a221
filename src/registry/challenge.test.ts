import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { chooseChallenge, parseChallenges } from './challenge.ts';

function choice(...headers: string[]): string | undefined {
  return chooseChallenge(parseChallenges(headers))?.scheme;
}

describe('parseChallenges', () => {
  const cases: readonly {
    readonly headers: readonly string[];
    readonly found: readonly (readonly [string, Readonly<Record<string, string>>])[];
  }[] = [
    { headers: [], found: [] },
    { headers: [''], found: [] },
    {
      headers: ['Bearer realm="https://auth.example/token",service="reg",scope="repository:a/b:pull,push"'],
      found: [
        [
          'bearer',
          { realm: 'https://auth.example/token', service: 'reg', scope: 'repository:a/b:pull,push' },
        ],
      ],
    },
    { headers: ['BEARER Realm = "x" ,  SERVICE=y'], found: [['bearer', { realm: 'x', service: 'y' }]] },
    { headers: ['Basic realm="a \\"b\\" \\\\"'], found: [['basic', { realm: 'a "b" \\' }]] },
    {
      headers: ['Negotiate, Basic realm="a", Bearer realm="b",service="c"'],
      found: [
        ['negotiate', {}],
        ['basic', { realm: 'a' }],
        ['bearer', { realm: 'b', service: 'c' }],
      ],
    },
    {
      headers: ['Negotiate YII=, Basic realm=x'],
      found: [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
      ],
    },
    {
      headers: ['Basic realm="a"', 'Bearer realm="b"'],
      found: [
        ['basic', { realm: 'a' }],
        ['bearer', { realm: 'b' }],
      ],
    },
    { headers: [',, Basic ,realm="a",,'], found: [['basic', { realm: 'a' }]] },
    { headers: ['Bearer realm="never closed'], found: [['bearer', { realm: '' }]] },
    { headers: ['Bearer realm=""'], found: [['bearer', { realm: '' }]] },
  ];
  for (const { headers, found } of cases) {
    test(headers.join(' | ') || 'nothing', () => {
      assert.deepEqual(
        parseChallenges(headers),
        found.map(([scheme, parameters]) => ({ scheme, parameters })),
      );
    });
  }

  test('reads anything without throwing or hanging', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom(...'Basic ="\\,;realm\t'.split('')) })),
        (headers) => {
          assert.ok(Array.isArray(parseChallenges(headers)));
        },
      ),
    );
  });

  test('reads back what is written as the grammar has it', () => {
    const token = fc.string({
      unit: fc.constantFrom(...'abcXYZ09-_.'.split('')),
      minLength: 1,
      maxLength: 8,
    });
    const parameters = fc.dictionary(
      token.map((key) => key.toLowerCase()),
      fc.string({ unit: 'binary-ascii' }).map((text) => text.replace(/[^\x20-\x7e]/g, '')),
      { minKeys: 1, noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(fc.record({ scheme: token, parameters })), (challenges) => {
        const header = challenges
          .map(({ scheme, parameters: fields }) => {
            const pairs = Object.entries(fields).map(
              ([key, value]) => `${key}="${value.replace(/["\\]/g, '\\$&')}"`,
            );
            return `${scheme} ${pairs.join(', ')}`;
          })
          .join(', ');
        assert.deepEqual(
          parseChallenges([header]),
          challenges.map(({ scheme, parameters: fields }) => ({
            scheme: scheme.toLowerCase(),
            parameters: fields,
          })),
        );
      }),
    );
  });
});

test('Bearer with a realm is preferred, then Basic; others are passed over', () => {
  assert.equal(choice('Basic realm="a", Bearer realm="b"'), 'bearer');
  assert.equal(choice('Bearer service="b", Basic realm="a"'), 'basic');
  assert.equal(choice('Negotiate, NTLM'), undefined);
  assert.equal(choice(), undefined);
});
