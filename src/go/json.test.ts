import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { assert as check, float, property, string } from 'fast-check';
import { requireTool } from '../../test/support/tools.ts';
import { Float32, goJson } from './json.ts';

interface Fixtures {
  readonly texts: readonly { readonly text: string; readonly json: string }[];
  readonly keys: string;
  readonly record: string;
  readonly float32: readonly { readonly bits: string; readonly json: string }[];
  readonly float64: readonly { readonly bits: string; readonly json: string }[];
}

const directory = join(import.meta.dirname, '../../test/gojson');
const committed = readFileSync(join(directory, 'fixtures.json'), 'utf8');
const fixtures: Fixtures = JSON.parse(committed);

suite("JSON as Go's encoding/json prints it", () => {
  test('texts', () => {
    for (const { text, json } of fixtures.texts) assert.equal(goJson(text), json);
  });

  test('half a surrogate pair is \\ufffd, and a backslash before it is one', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['\ud800', '"\\ufffd"'],
      ['a\udfffb', '"a\\ufffdb"'],
      ['\ude00\ud83d', '"\\ufffd\\ufffd"'],
      ['\ud83d\ude00', '"\u{1f600}"'],
      ['\\ud800', '"\\\\ud800"'],
      ['\\\\\ud800', '"\\\\\\\\\\ufffd"'],
    ];
    for (const [text, json] of cases) assert.equal(goJson(text), json);
  });

  test('the keys of a map are sorted by bytes', () => {
    const keys = ['b', 'a', '\uff5e', '\u{1f600}', '', 'a<b', 'é', '10', '9', 'Z'];
    assert.equal(goJson(new Map(keys.map((key, index) => [key, BigInt(index + 1)]))), fixtures.keys);
  });

  test('the fields of a struct keep their order, nil lists are null', () => {
    const accepted = [
      { ID: 'CVE-2024-1', CVSS: new Float32(5.3), Risk: new Float32(0.04), Desc: 'a <b>' },
      { ID: 'CVE-2024-2', CVSS: new Float32(0), Risk: new Float32(1e-9), Desc: '' },
    ];
    const value = new Map([['x', { Ignored: null, Accepted: accepted, Rejected: [] }]]);
    assert.equal(goJson(value), fixtures.record);
  });

  test('float32s in their shortest form', () => {
    const view = new DataView(new ArrayBuffer(4));
    for (const { bits, json } of fixtures.float32) {
      view.setUint32(0, Number.parseInt(bits, 16));
      assert.equal(goJson(new Float32(view.getFloat32(0))), json, bits);
    }
  });

  test('float64s in their shortest form', () => {
    const view = new DataView(new ArrayBuffer(8));
    for (const { bits, json } of fixtures.float64) {
      view.setBigUint64(0, BigInt(`0x${bits}`));
      assert.equal(goJson(view.getFloat64(0)), json, bits);
    }
  });

  test('everything else', () => {
    assert.equal(
      goJson([true, false, null, 12n, -(2n ** 63n), [], {}, new Map()]),
      '[true,false,null,12,-9223372036854775808,[],{},{}]',
    );
    for (const value of [Number.NaN, Infinity, new Float32(1e300)]) {
      assert.throws(() => goJson(value), TypeError);
    }
  });

  test('any text and any float32 read back the same', () => {
    check(property(string({ unit: 'grapheme' }), (text) => assert.equal(JSON.parse(goJson(text)), text)));
    check(
      property(float({ noNaN: true, noDefaultInfinity: true }), (value) =>
        assert.equal(Math.fround(JSON.parse(goJson(new Float32(value)))), value),
      ),
    );
  });

  test('the fixtures are what Go gives today', async (context) => {
    const go = await requireTool(context, 'go');
    if (go === undefined) return;
    const run = spawnSync(go, ['run', '.'], { cwd: directory, encoding: 'utf8' });
    assert.equal(run.status, 0, run.stderr);
    assert.equal(run.stdout, committed);
  });
});
