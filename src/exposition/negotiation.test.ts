import assert from 'node:assert/strict';
import { test } from 'node:test';
import { negotiate } from './negotiation.ts';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,' +
  'application/openmetrics-text;version=0.0.1;q=0.5,' +
  'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

const ACCEPTS: readonly (readonly [string | undefined, string])[] = [
  [undefined, TEXT],
  ['', TEXT],
  ['*/*', TEXT],
  ['text/html', TEXT],
  ['text/plain', TEXT],
  [PROMETHEUS_3, OPEN_METRICS],
  [
    'application/openmetrics-text;version=0.0.1,text/plain;version=0.0.4;q=0.5',
    'application/openmetrics-text; version=0.0.1; charset=utf-8',
  ],
  ['application/openmetrics-text', OPEN_METRICS],
  ['Application/OpenMetrics-Text; Version="1.0.0"', OPEN_METRICS],
  ['application/openmetrics-text;version=2.0.0,text/plain;q=0.1', TEXT],
  ['application/openmetrics-text;q=0.3, text/plain;q=0.9', TEXT],
  ['text/plain;q=0.5, application/openmetrics-text;q=0.5', TEXT],
  ['application/openmetrics-text;q=0.5, text/plain;q=0.5', OPEN_METRICS],
  ['application/openmetrics-text;q=0', TEXT],
  ['application/openmetrics-text;q=x', OPEN_METRICS],
  [
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,' +
      'application/openmetrics-text;version=1.0.0;q=0.8,text/plain;q=0.5',
    OPEN_METRICS,
  ],
  ['application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily', TEXT],
  ['text/html;note="a,application/openmetrics-text;b",text/plain', TEXT],
  [',;q=1, ,', TEXT],
];

for (const [accept, contentType] of ACCEPTS) {
  test(`Accept: ${accept}`, () => {
    const form = negotiate(accept, undefined);
    const format = contentType === TEXT ? 'text' : 'openmetrics';
    assert.deepEqual(form, { format, contentType, gzip: false });
  });
}

const ENCODINGS: readonly (readonly [string | undefined, boolean])[] = [
  [undefined, false],
  ['', false],
  ['gzip', true],
  ['GZIP', true],
  ['x-gzip', true],
  ['deflate, gzip;q=0.5', true],
  ['gzip;q=0', false],
  ['gzip;q=0, *', false],
  ['*', true],
  ['*;q=0', false],
  ['identity', false],
  ['identity;q=0.5, gzip;q=1', true],
  ['identity, gzip;q=0.5', false],
  ['zstd, br', false],
];

for (const [acceptEncoding, gzip] of ENCODINGS) {
  test(`Accept-Encoding: ${acceptEncoding}`, () => {
    assert.equal(negotiate(undefined, acceptEncoding).gzip, gzip);
  });
}
