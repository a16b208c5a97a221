import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatJsonPath, formatPath } from './location.ts';
import { formatRule } from './rule-text.ts';
import { parseRules } from './rules.ts';

const NAME_CHARACTERS = 'aZ09./-_+*?()[]{}|^$\\\'"#:,& '.split('');

test('a rule is one line that needs no escapes in a log', () => {
  const path = formatJsonPath(['spec', 'containers', 3, 'image']);
  assert.equal(
    formatRule({ kind: 'Cluster', apiVersion: 'postgresql.cnpg.io/v1' }, path),
    "- {kind: '^Cluster$', apiVersion: '^postgresql[.]cnpg[.]io/v1$', imageJSONP: ['$.spec.containers[*].image']}",
  );
});

test('locations, for people and for rules', () => {
  const location = ['spec', 'some-image', 'x.y', 0, "it's"];
  assert.equal(formatPath(location), `spec.some-image["x.y"][0]["it's"]`);
  assert.equal(formatJsonPath(location), "$.spec['some-image']['x.y'][*]['it\\'s']");
});

test('a rule that is read back matches its own type and no longer one, and finds its path', () => {
  const name = fc.string({ unit: fc.constantFrom(...NAME_CHARACTERS) });
  const steps = fc.array(name, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(name, name, steps, (kind, apiVersion, location) => {
      const text = formatRule({ kind, apiVersion }, formatJsonPath(location));
      const [rule, ...others] = parseRules(text, 'rules.yaml').typed;
      assert.ok(rule);
      assert.equal(others.length, 0);
      assert.ok(rule.matches({ kind, apiVersion }));
      assert.ok(!rule.matches({ kind: `${kind}x`, apiVersion }));
      assert.ok(!rule.matches({ kind, apiVersion: `x${apiVersion}` }));
      const value = location.reduceRight<object | string>((inner, step) => ({ [step]: inner }), 'image');
      const locations = rule.paths.map((path) => path.locate(JSON.parse(JSON.stringify(value))));
      assert.deepEqual(locations, [[location]]);
    }),
  );
});
