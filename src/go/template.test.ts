import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { array, assert as check, constantFrom, property, string } from 'fast-check';
import { requireTool } from '../../test/support/tools.ts';
import { compileTemplate, TemplateError } from './template.ts';

interface Fixture {
  readonly template: string;
  readonly output?: string;
  readonly error?: string;
}

/** What the template engine does otherwise than Go, and why that is right here. */
const DIFFERENCES: Readonly<Record<string, string>> = {
  // Complex constants are refused.
  '{{ 1i }}': 'template: t:1: illegal number syntax: "1i"',
  '{{ eq 1i 1i }}': 'template: t:1: illegal number syntax: "1i"',
  // The bits of a float are refused.
  '{{ printf "%x" 1.5 }}':
    'template: t:1:3: executing "t" at <printf "%x" 1.5>: error calling printf: %x of a float64 is not supported',
  // Go's own message is that of a panic in its reflection.
  '{{ len nil }}': 'template: t:1:3: executing "t" at <len nil>: error calling len: len of nil pointer',
};

const directory = join(import.meta.dirname, '../../test/gotemplate');
const { data }: { data: Record<string, string> } = JSON.parse(readText('cases.json'));
const fixtures: readonly Fixture[] = JSON.parse(readText('fixtures.json'));

function readText(name: string): string {
  return readFileSync(join(directory, name), 'utf8');
}

/** The output, or the message of the error; Go prints the type of the data with its package. */
function outcome(template: string): string {
  try {
    return compileTemplate(template, { name: 't' }).render(data);
  } catch (error) {
    assert.ok(error instanceof TemplateError, `${template}: ${String(error)}`);
    return error.message;
  }
}

suite('Go templates', () => {
  test('hundreds of templates give what text/template gives, errors in its words', () => {
    for (const { template, output, error } of fixtures) {
      const expected = DIFFERENCES[template] ?? (output ?? error)?.replaceAll('main.data', 'data');
      assert.equal(outcome(template), expected, template);
    }
  });

  test('the fixtures are what Go gives today', async (context) => {
    const go = await requireTool(context, 'go');
    if (go === undefined) return;
    const run = spawnSync(go, ['run', '.'], { cwd: directory, encoding: 'utf8' });
    assert.equal(run.status, 0, run.stderr);
    assert.equal(run.stdout, readText('fixtures.json'));
  });

  test('an error says where it is', () => {
    const places = [
      ['{{ if .A }}\n{{ .B }}{{ end }}', 2, 3],
      ['a\nb {{ nope }}', 2, undefined],
    ] as const;
    for (const [template, line, column] of places) {
      assert.throws(
        () => compileTemplate(template).render({ A: 'x' }),
        (error) => {
          assert.ok(error instanceof TemplateError);
          assert.deepEqual(error.where, { line, column });
          return true;
        },
      );
    }
  });

  test('the name given stands in every message', () => {
    assert.throws(() => compileTemplate('{{', { name: '-rename-template' }), {
      message: 'template: -rename-template:1: unclosed action',
      what: 'unclosed action',
    });
    assert.throws(() => compileTemplate('{{ .A }}', { name: '-rename-template' }).render({}), {
      message:
        'template: -rename-template:1:3: executing "-rename-template" at <.A>: can\'t evaluate field A in type data',
    });
  });

  test('endless recursion is an error', () => {
    assert.throws(
      () => compileTemplate('{{ define "x" }}{{ template "x" }}{{ end }}{{ template "x" }}').render({}),
      {
        what: 'exceeded maximum template depth (500)',
      },
    );
  });

  test('a field gives its text, whatever it holds', () => {
    check(
      property(string({ unit: 'grapheme' }), (text) => {
        const template = compileTemplate('{{ .X }}{{ len .X }}{{ with .X }}{{ slice . 0 (len .) }}{{ end }}');
        assert.equal(template.render({ X: text }), `${text}${Buffer.byteLength(text)}${text}`);
      }),
    );
  });

  test('%q gives a literal that reads back as the text', () => {
    check(
      property(string({ unit: 'grapheme' }), constantFrom('%q', '%+q', '%#q'), (text, verb) => {
        const literal = compileTemplate(`{{ printf "${verb}" .X }}`).render({ X: text });
        assert.equal(compileTemplate(`{{ ${literal} }}`).render({}), text);
      }),
    );
  });

  test('any text parses or is rejected with a TemplateError', () => {
    const pieces = constantFrom(
      ...'{{ }} - . | ( ) " ` \' \\ $x := = , 1 0x .A if end else range with break define block "t" template nil é \n'.split(
        ' ',
      ),
      ' ',
    );
    check(
      property(array(pieces, { maxLength: 20 }), (parts) => {
        try {
          compileTemplate(parts.join('')).render({ A: 'a' });
        } catch (error) {
          assert.ok(error instanceof TemplateError, String(error));
        }
      }),
      { numRuns: 1000 },
    );
  });
});
