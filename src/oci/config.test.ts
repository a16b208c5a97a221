import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseImageConfig } from './config.ts';

function parse(value: unknown): ReturnType<typeof parseImageConfig> {
  return parseImageConfig(Buffer.from(JSON.stringify(value)));
}

describe('parseImageConfig', () => {
  test('reads time and labels', () => {
    const config = {
      os: 'linux',
      architecture: 'arm64',
      variant: 'v8',
      created: '2026-05-06T07:08:09.999999999Z',
      config: { Labels: { a: '1', 'org.opencontainers.image.title': 'é' }, Env: ['A=b'] },
      rootfs: { type: 'layers' },
    };
    assert.deepEqual(parse(config), {
      created: Date.UTC(2026, 4, 6, 7, 8, 9) / 1000,
      labels: new Map([
        ['a', '1'],
        ['org.opencontainers.image.title', 'é'],
      ]),
    });
  });

  test('takes what is not said as not said', () => {
    const nothing = { created: undefined, labels: new Map() };
    for (const config of [{}, { config: null }, { config: { Labels: null } }, { created: 5, os: null }]) {
      assert.deepEqual(parse(config), nothing);
    }
  });

  const times: readonly (readonly [string, number | undefined])[] = [
    ['1970-01-01T00:00:00Z', 0],
    ['1970-01-01T00:00:01.9Z', 1],
    ['1969-12-31T23:59:59.5Z', -1],
    ['1980-01-01T00:00:01Z', 315_532_801],
    ['2024-02-29t12:00:00+05:30', 1_709_188_200],
    ['2024-02-29T12:00:00-05:30', 1_709_227_800],
    ['0001-01-01T00:00:00Z', undefined],
    ['0001-01-01T00:00:00.5Z', undefined],
    ['2024-02-30T00:00:00Z', undefined],
    ['2024-13-01T00:00:00Z', undefined],
    ['2024-01-01T00:00:00', undefined],
    ['2024-01-01', undefined],
    ['Mon Jan  1 2024', undefined],
    ['', undefined],
  ];
  for (const [created, seconds] of times) {
    test(`created "${created}"`, () => assert.equal(parse({ created }).created, seconds));
  }

  const faults: readonly (readonly [string, string])[] = [
    ['', 'the image config is not JSON'],
    [`[${'{},'.repeat(50_001)}{}]`, 'the image config has more than 100000 parts'],
    ['[]', 'the image config is not a JSON object'],
    ['{"config":{"Labels":["a"]}}', 'the labels of the image config are not an object'],
    ['{"config":{"Labels":{"a":"b","c":1}}}', 'label "c" of the image config is not a string'],
  ];
  for (const [text, message] of faults) {
    test(text, () => {
      assert.throws(() => parseImageConfig(Buffer.from(text)), { name: 'ImageConfigError', message });
    });
  }
});
