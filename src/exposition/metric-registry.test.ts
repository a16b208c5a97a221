import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counter, gauge, histogram } from './family.ts';
import { MetricRegistry } from './metric-registry.ts';
import { textOf } from './test-section-text.ts';

test('samples are set and added to by label set', async () => {
  const registry = new MetricRegistry();
  const visits = registry.samples(counter('visits_total', 'Visits.', ['door', 'guest']));
  const guests = registry.samples(gauge('guests', 'Guests.'));
  registry.samples(gauge('cats', 'Cats.'));
  visits.add({ guest: 'a', door: 'b' });
  visits.add({ guest: 'a', door: 'b' }, 2);
  // Parts of two label sets that only look the same when put together.
  visits.add({ guest: '|b', door: 'a' });
  visits.add({ guest: 'b', door: 'a|' });
  guests.set({}, 3);
  guests.set({}, 2.5);
  assert.equal(
    await textOf(registry.sections(), 'text'),
    `# HELP guests Guests.
# TYPE guests gauge
guests 2.5
# HELP visits_total Visits.
# TYPE visits_total counter
visits_total{door="b",guest="a"} 3
visits_total{door="a",guest="|b"} 1
visits_total{door="a|",guest="b"} 1
`,
  );
});

test('a histogram counts up to each bound', async () => {
  const registry = new MetricRegistry();
  const waits = registry.histogram(histogram('waits_seconds', 'Waits.', ['door']), [0.5, 1]);
  for (const wait of [0.5, 0.25, 0.75, 4]) waits.observe({ door: '"' }, wait);
  const expected = `# HELP waits_seconds Waits.
# TYPE waits_seconds histogram
waits_seconds_bucket{door="\\"",le="0.5"} 2
waits_seconds_bucket{door="\\"",le="1.0"} 3
waits_seconds_bucket{door="\\"",le="+Inf"} 4
waits_seconds_sum{door="\\""} 5.5
waits_seconds_count{door="\\""} 4
`;
  assert.equal(await textOf(registry.sections(), 'text'), expected);
  assert.equal(await textOf(registry.sections(), 'openmetrics'), `${expected}# EOF\n`);
});

test('a histogram without labels has only its bounds', async () => {
  const registry = new MetricRegistry();
  registry.histogram(histogram('waits_seconds', 'Waits.'), [2]).observe({}, 1);
  assert.equal(
    await textOf(registry.sections(), 'text'),
    `# HELP waits_seconds Waits.
# TYPE waits_seconds histogram
waits_seconds_bucket{le="2.0"} 1
waits_seconds_bucket{le="+Inf"} 1
waits_seconds_sum 1
waits_seconds_count 1
`,
  );
});
