import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Scene,
  LISTED,
  SYNCED,
  bookmark,
  error,
  page,
  Play,
  play,
  streamed,
} from './test-reflector-play.ts';

describe('a kind that may not be read', () => {
  for (const [code, reason] of [
    [403, 'forbidden'],
    [404, 'not_found'],
  ] as const) {
    test(`${code}: is settled without objects, and asked for more and more seldom`, async () => {
      const denied = error({ status: code });
      const scenes: (Scene | number)[] = [
        5000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000,
      ].flatMap((wait): (Scene | number)[] => [['stream', denied], wait]);
      const { changes, observed, reflector } = await play([...scenes, ['stream']]);
      assert.deepEqual(changes, []);
      assert.deepEqual(
        observed.filter((line) => line.startsWith('trouble')),
        [`trouble: ${reason}, again in 5000`],
      );
      assert.equal(reflector.synced, false);
      assert.equal(reflector.settled, true);
    });
  }

  test('is read as soon as it may be', async () => {
    const { changes, observed, reflector } = await play([
      ['stream', error({ status: 403 })],
      5000,
      ['stream', streamed()],
      ['watch from 5'],
    ]);
    assert.deepEqual(changes, [SYNCED]);
    assert.deepEqual(observed.slice(-4), ['synced', 'recovered', 'watch', 'watch']);
    assert.equal(reflector.synced, true);
  });

  test('keeps the objects it had', async () => {
    const { changes, reflector } = await play([
      ['stream', streamed()],
      ['watch from 5', error({ status: 403 })],
      5000,
      ['stream from 5'],
    ]);
    assert.deepEqual(changes, [SYNCED]);
    assert.equal(reflector.synced, false);
    assert.equal(reflector.settled, true);
  });

  test('a server that fails otherwise settles nothing', async () => {
    const { reflector } = await play([['stream', error({ status: 401 })], 800, ['stream']]);
    assert.equal(reflector.synced, false);
    assert.equal(reflector.settled, false);
  });
});

describe('failures are reported', () => {
  test('once each, until what failed works again', async () => {
    const { observed } = await play([
      ['stream', error({})],
      800,
      ['stream', error({ status: 503 })],
      1600,
      ['stream', error({})],
      3200,
      ['stream', streamed()],
      ['watch from 5', error({ status: 503 })],
      6400,
      ['watch from 5', error({ status: 503 })],
      12_800,
      ['watch from 5', { events: [bookmark('6')], lasts: 300_000 }],
      ['watch from 6', error({ status: 503 })],
      800,
      ['watch from 6', { events: [], lasts: 300_000 }],
      ['watch from 6'],
    ]);
    assert.deepEqual(
      observed.filter((line) => line.startsWith('trouble') || line === 'recovered'),
      [
        'trouble: unavailable, again in 800',
        'trouble: unavailable, again in 1600',
        'recovered',
        'trouble: unavailable, again in 6400',
        'recovered',
        'trouble: unavailable, again in 800',
        'recovered',
      ],
    );
  });

  test('a watch that never works is not forgotten because lists do', async () => {
    const { observed } = await play([
      ...LISTED,
      ['watch from 5', error({ status: 400 })],
      800,
      ['list', error({ status: 502 })],
      1600,
      ['list', page('5', [])],
      ['watch from 5', error({ status: 400 })],
      3200,
      ['list', page('5', [])],
      ['watch from 5', { events: [bookmark('6')], lasts: 2000 }],
      ['watch from 6'],
    ]);
    assert.deepEqual(
      observed.filter((line) => line.startsWith('trouble') || line === 'recovered'),
      ['trouble: rejected, again in 800', 'trouble: unavailable, again in 1600', 'recovered'],
    );
  });

  test('up to sixteen texts: those with numbers of their own do not fill the memory', async () => {
    const scenes = Array.from({ length: 20 }, (_, round): (Scene | number)[] => [
      ['stream', error({ message: `request ${round}` })],
      Math.min(30_000, 800 * 2 ** round),
    ]).flat();
    const { observed } = await play([...scenes, ['stream']]);
    assert.equal(observed.filter((line) => line.startsWith('trouble')).length, 16);
  });
});

test('the signal ends everything, and nothing is reported', async () => {
  const { observed } = await play([['stream']]);
  assert.deepEqual(observed, ['list']);
  const stopped = new Play([]);
  await stopped.run();
  assert.deepEqual(stopped.steps, ['stream']);
});
