import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { exposition } from './exposition.ts';
import { counter, gauge } from './family.ts';
import { toByteString } from './rendering.ts';
import type { Section } from './section.ts';
import { textOf } from './test-section-text.ts';

const SECTIONS: readonly Section[] = [
  { family: counter('b_total', 'Bees.'), blocks: ['b_total 1\n'] },
  { family: gauge('c', 'Seas.'), blocks: [] },
  { family: gauge('a', 'Eyes.'), blocks: ['a{x="1"} 1\n', 'a{x="2"} 1\na{x="3"} 1\n'] },
];

test('families come in name order, those without series not at all', async () => {
  const eyes = '# HELP a Eyes.\n# TYPE a gauge\na{x="1"} 1\na{x="2"} 1\na{x="3"} 1\n';
  assert.equal(
    await textOf(SECTIONS, 'text'),
    `${eyes}# HELP b_total Bees.\n# TYPE b_total counter\nb_total 1\n`,
  );
  assert.equal(
    await textOf(SECTIONS, 'openmetrics'),
    `${eyes}# HELP b Bees.\n# TYPE b counter\nb_total 1\n# EOF\n`,
  );
  assert.equal(await textOf([], 'text'), '');
  assert.equal(await textOf([], 'openmetrics'), '# EOF\n');
});

test('pieces are whole but for the last, whatever the blocks', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.nat(200), fc.nat(140_000), fc.constantFrom(65_535, 65_536, 65_537, 131_072)), {
        maxLength: 12,
      }),
      async (lengths) => {
        const blocks = lengths.map((length, index) => toByteString('é'.repeat(length / 2) + String(index)));
        const text = exposition([{ family: gauge('a', ''), blocks }], 'text');
        const pieces: Buffer[] = [];
        await text.writeTo(async (piece) => {
          pieces.push(Buffer.from(piece));
        });
        const header = blocks.length === 0 ? '' : '# HELP a \n# TYPE a gauge\n';
        const all = Buffer.from(header + blocks.join(''), 'latin1');
        assert.ok(Buffer.concat(pieces).equals(all));
        assert.equal(text.length, all.length);
        assert.deepEqual(
          pieces.slice(0, -1).filter((piece) => piece.length !== 65_536),
          [],
        );
      },
    ),
    { numRuns: 30 },
  );
});

test('the next piece waits until the one before is written', async () => {
  const blocks = Array.from({ length: 3 }, () => 'x'.repeat(65_536));
  let writing = 0;
  let most = 0;
  await exposition([{ family: gauge('a', ''), blocks }], 'text').writeTo(async () => {
    writing += 1;
    most = Math.max(most, writing);
    await new Promise((resolve) => setImmediate(resolve));
    writing -= 1;
  });
  assert.equal(most, 1);
});

test('others get their turn while a long text is written', async () => {
  const blocks = Array.from({ length: 32 }, () => 'x'.repeat(65_536));
  let turns = 0;
  let written = false;
  const count = (): void => {
    turns += 1;
    if (!written) setImmediate(count);
  };
  setImmediate(count);
  await exposition([{ family: gauge('a', ''), blocks }], 'text').writeTo(() => Promise.resolve());
  written = true;
  assert.ok(turns >= 3, `${turns} turns`);
});

test('a failure to write ends it', async () => {
  const blocks = Array.from({ length: 3 }, () => 'x'.repeat(65_536));
  let pieces = 0;
  const writing = exposition([{ family: gauge('a', ''), blocks }], 'text').writeTo(() => {
    pieces += 1;
    return Promise.reject(new Error('gone'));
  });
  await assert.rejects(writing, /gone/);
  assert.equal(pieces, 1);
});
