import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExposition } from './test-exposition-parser.ts';
import type { Format } from './rendering.ts';

const HEADER = '# HELP a b\n# TYPE a gauge\n';

function parse(text: string, format: Format = 'text'): unknown {
  return parseExposition(Buffer.from(text, 'latin1'), format);
}

test('an exposition is read back', () => {
  assert.deepEqual(parse(`${HEADER}a{x="1\\n\\\\\\"",y=""} -1.5e+21\na +Inf\n`), [
    {
      name: 'a',
      type: 'gauge',
      help: 'b',
      samples: [
        { name: 'a', labels: { x: '1\n\\"', y: '' }, value: -1.5e21 },
        { name: 'a', labels: {}, value: Number.POSITIVE_INFINITY },
      ],
    },
  ]);
});

const FAULTY: readonly (readonly [string, Format, RegExp])[] = [
  [`${HEADER}a 1`, 'text', /line feed/],
  [`${HEADER}a 1\n`, 'openmetrics', /# EOF/],
  [`${HEADER}a 1\n# EOF\n`, 'text', /HELP in line 4/],
  [`${HEADER}a 1\n# EOF\n\n`, 'openmetrics', /# EOF/],
  [`${HEADER}a 1\na 2\n`, 'text', /twice/],
  [`${HEADER}a{y="1",x="1"} 2\n`, 'text', /label x after y/],
  [`${HEADER}a{x="1",} 2\n`, 'text', /a comma/],
  [`${HEADER}a{x="\\t"} 2\n`, 'text', /escape/],
  [`${HEADER}a{x="""} 2\n`, 'text', /a label/],
  [`${HEADER}a 0x1\n`, 'text', /a number/],
  [`${HEADER}b 1\n`, 'text', /b in family a/],
  [HEADER, 'text', /no samples/],
  [`${HEADER}a 1\n\n`, 'text', /a sample/],
  [`${HEADER}a 1\n${HEADER}a{x="1"} 1\n`, 'text', /a after a/],
  [`${HEADER}a{x="\xff"} 1\n`, 'text', /encoded data/],
  ['# TYPE a gauge\na 1\n', 'text', /HELP in line 1/],
  ['# HELP a b\n# TYPE c gauge\na 1\n', 'text', /TYPE of c/],
  [
    '# HELP a_total b\n# TYPE a_total counter\na_total 1\n# EOF\n',
    'openmetrics',
    /a_total in family a_total/,
  ],
];

for (const [text, format, fault] of FAULTY) {
  test(`refused as ${format}: ${JSON.stringify(text)}`, () => {
    assert.throws(() => parse(text, format), fault);
  });
}
