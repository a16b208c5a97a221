import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SelfMetrics } from './self-metrics.ts';
import { sectionOf } from '../exposition/test-section-text.ts';

const BUILD = { version: '1.2.3', revision: 'abc', nodeVersion: 'v24.0.0' };
const PREFIX = 'container_image_exporter_';

test('what it is built from', () => {
  assert.equal(
    sectionOf(new SelfMetrics(BUILD).sections(), `${PREFIX}build_info`),
    `${PREFIX}build_info{node_version="v24.0.0",revision="abc",version="1.2.3"} 1\n`,
  );
});

test('requests to registries are counted by what came of them', () => {
  const metrics = new SelfMetrics(BUILD);
  const request = { host: 'docker.io', method: 'HEAD', milliseconds: 60, status: 200, reason: '' };
  metrics.registryRequest(request);
  metrics.registryRequest({ ...request, method: 'GET', status: 429 });
  metrics.registryRequest({ ...request, method: 'GET', status: 799 });
  metrics.registryRequest({ ...request, status: undefined, reason: 'timeout', milliseconds: 31_000 });
  const sections = metrics.sections();
  assert.equal(
    sectionOf(sections, `${PREFIX}registry_requests_total`),
    `${PREFIX}registry_requests_total{code="200",host="docker.io",method="HEAD"} 1
${PREFIX}registry_requests_total{code="429",host="docker.io",method="GET"} 1
${PREFIX}registry_requests_total{code="other",host="docker.io",method="GET"} 1
`,
  );
  assert.equal(
    sectionOf(sections, `${PREFIX}registry_request_failures_total`),
    `${PREFIX}registry_request_failures_total{host="docker.io",reason="timeout"} 1\n`,
  );
  assert.match(
    sectionOf(sections, `${PREFIX}registry_request_duration_seconds`),
    /le="0\.05"\} 0\n.*le="0\.1"\} 3\n(?:.*\n)*.*le="30\.0"\} 3\n.*le="\+Inf"\} 4\n.*_sum\{host="docker\.io"\} 31\.18\n/,
  );
});

test('hosts after the first 200 share their counters and have no gauges', () => {
  const metrics = new SelfMetrics(BUILD);
  const request = { method: 'GET', milliseconds: 1, status: 200, reason: '' };
  for (let host = 0; host < 205; host++) metrics.registryRequest({ ...request, host: `r${host}.example` });
  metrics.registryRequest({ ...request, host: 'r0.example' });
  metrics.rateLimit('r1.example', 100, 76);
  metrics.rateLimit('r203.example', 100, 77);
  metrics.backoff('r1.example', 1_700_000_000_500);
  metrics.backoff('r203.example', 1_700_000_000_500);
  const sections = metrics.sections();
  const requests = sectionOf(sections, `${PREFIX}registry_requests_total`).split('\n');
  assert.equal(requests.length, 202);
  assert.ok(
    requests.includes(`${PREFIX}registry_requests_total{code="200",host="r0.example",method="GET"} 2`),
  );
  assert.ok(requests.includes(`${PREFIX}registry_requests_total{code="200",host="other",method="GET"} 5`));
  assert.equal(
    ['limit', 'remaining'].map((part) => sectionOf(sections, `${PREFIX}registry_ratelimit_${part}`)).join(''),
    `${PREFIX}registry_ratelimit_limit{host="r1.example"} 100\n${PREFIX}registry_ratelimit_remaining{host="r1.example"} 76\n`,
  );
  assert.equal(
    sectionOf(sections, `${PREFIX}registry_backoff_until_timestamp_seconds`),
    `${PREFIX}registry_backoff_until_timestamp_seconds{host="r1.example"} 1700000000.5\n`,
  );
});

test('gauges that lie elsewhere are asked for at each scrape', () => {
  const metrics = new SelfMetrics(BUILD);
  let length = 3;
  metrics.onCollect(() => metrics.lookupQueueLength.set({}, length));
  const read = (): string => sectionOf(metrics.sections(), `${PREFIX}lookup_queue_length`);
  assert.equal(read(), `${PREFIX}lookup_queue_length 3\n`);
  length = 4;
  assert.equal(read(), `${PREFIX}lookup_queue_length 4\n`);
});
