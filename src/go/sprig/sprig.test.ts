import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import {
  array,
  assert as check,
  bigInt,
  boolean,
  dictionary,
  double,
  letrec,
  oneof,
  property,
  string,
  uint8Array,
} from 'fast-check';
import { doWithout, requireTool } from '../../../test/support/tools.ts';
import { Float32, goJson, type GoJsonValue } from '../json.ts';
import { compileTemplate, type TemplateData, TemplateError } from '../template.ts';
import { formatDuration, parseDuration } from './duration.ts';

type Encoded =
  | null
  | string
  | boolean
  | { readonly int: string }
  | { readonly float64: number }
  | { readonly float32: number }
  | { readonly list: readonly Encoded[] }
  | { readonly map: Readonly<Record<string, Encoded>> }
  | { readonly struct: readonly (readonly [string, Encoded])[] };

interface Case {
  readonly data: string;
  readonly sprig: boolean;
  readonly template: string;
  readonly output?: string;
  readonly error?: string;
}

interface Fixtures {
  readonly data: Readonly<Record<string, { readonly struct: readonly (readonly [string, Encoded])[] }>>;
  readonly cases: readonly Case[];
}

/** What is otherwise than in Go, and why that is right here. */
const DIFFERENCES: Readonly<Record<string, string>> = {
  // The data has no pointers but nil ones.
  '{{ range $k, $v := .Mappings }}{{ $k }}: {{ default "none" $v.VulnCheckResult | kindOf }} {{ end }}':
    'alpine: struct nginx:1.25: struct zot:1: string ',
  // An empty list does not tell what it is a list of.
  '{{ printf "%#v" .None }}': '[]interface {}{}',
};

/** Texts that are JavaScript's: that there is an error is all that is compared. */
const ONLY_AN_ERROR: ReadonlySet<string> = new Set(['{{ mustFromJson "nope" }}']);

const WORLD = {
  now: () => 1_700_000_000_000,
  random: () => 0.5,
  variables: { GREETING: 'hello', EMPTY: '', TZ: 'UTC' },
} as const;

const directory = join(import.meta.dirname, '../../../test/sprig');
const fixtures: Fixtures = JSON.parse(readFileSync(join(directory, 'fixtures.json'), 'utf8'));

function decode(value: Encoded): GoJsonValue {
  if (value === null || typeof value !== 'object') return value;
  if ('int' in value) return BigInt(value.int);
  if ('float64' in value) return value.float64;
  if ('float32' in value) return new Float32(value.float32);
  if ('list' in value) return value.list.map(decode);
  if ('map' in value) return new Map(Object.entries(value.map).map(([key, item]) => [key, decode(item)]));
  return decodeStruct(value.struct);
}

function decodeStruct(fields: readonly (readonly [string, Encoded])[]): TemplateData {
  return Object.fromEntries(fields.map(([name, item]) => [name, decode(item)]));
}

function outcome(template: string, sprig: boolean, data: TemplateData): string {
  try {
    return compileTemplate(template, { name: 't', sprig, ...WORLD }).render(data);
  } catch (error) {
    assert.ok(error instanceof TemplateError, `${template}: ${String(error)}`);
    return error.message;
  }
}

function render(template: string, data: TemplateData = {}): string {
  return compileTemplate(template, { name: 't', sprig: true, ...WORLD }).render(data);
}

function renderAlone(template: string): string {
  return compileTemplate(template, { name: 't', sprig: true }).render({});
}

suite('sprig', () => {
  test('hundreds of templates give what text/template and sprig give, errors in their words', () => {
    for (const { data, sprig, template, output, error } of fixtures.cases) {
      const actual = outcome(template, sprig, decodeStruct(fixtures.data[data]?.struct ?? []));
      const expected = DIFFERENCES[template] ?? (output ?? error ?? '').replaceAll('main.', '');
      if (ONLY_AN_ERROR.has(template))
        assert.match(actual, /^template: t:1:3: executing "t" at .*: error calling /);
      else assert.equal(actual, expected, template);
    }
  });

  test('the fixtures are what Go gives today', async (context) => {
    const go = await requireTool(context, 'go');
    if (go === undefined) return;
    const run = promisify(execFile);
    const options = {
      cwd: directory,
      env: { ...process.env, GOPROXY: 'off', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' },
      maxBuffer: 16_777_216,
    };
    try {
      await run(go, ['list', '-deps', '.'], options);
    } catch {
      doWithout(context, 'the modules of sprig are not here: cd test/sprig && go list -deps .', process.env);
      return;
    }
    const { stdout } = await run(go, ['run', '.'], options);
    assert.deepEqual(JSON.parse(stdout), fixtures);
  });

  test('is there only for those who ask', () => {
    assert.throws(() => compileTemplate('{{ upper "a" }}', { name: 't' }), {
      message: 'template: t:1: function "upper" not defined',
    });
    assert.throws(() => compileTemplate('{{ genCA }}', { name: 't' }), {
      message: 'template: t:1: function "genCA" not defined',
    });
  });

  test('keys, certificates, passwords and look-ups are refused by name', () => {
    for (const name of [
      'genCA',
      'genPrivateKey',
      'derivePassword',
      'bcrypt',
      'getHostByName',
      'encryptAES',
    ]) {
      assert.throws(() => compileTemplate(`{{ ${name} }}`, { name: 't', sprig: true }), {
        message: `template: t:1: function "${name}" is not in this version`,
      });
    }
  });

  test('the clock, chance and the variables are those handed in', () => {
    const cases: readonly (readonly [template: string, expected: string])[] = [
      ['{{ now }}', '2023-11-14 22:13:20 +0000 UTC'],
      ['{{ now | date "2006-01-02" }}', '2023-11-14'],
      ['{{ ago (toDate "2006-01-02" "2023-11-14") }}', '22h13m20s'],
      ['{{ now.Format "15:04" }} {{ now.Weekday }}', '22:13 Tuesday'],
      ['{{ durationRound (toDate "2006-01-02" "2021-11-14") }}', '2y'],
      ['{{ randNumeric 3 }} {{ randInt 0 10 }}', '555 5'],
      ['{{ uuidv4 }}', '80808080-8080-4080-8080-808080808080'],
      ['{{ env "GREETING" }}{{ env "PATH" }}', 'hello'],
    ];
    for (const [template, expected] of cases) assert.equal(render(template), expected, template);
  });

  test('what was not handed in is not made up', () => {
    assert.equal(renderAlone('[{{ env "PATH" }}]'), '[]');
    assert.throws(() => renderAlone('{{ now }}'), { what: 'error calling now: there is no clock here' });
    assert.throws(() => renderAlone('{{ randAlpha 1 }}'), {
      what: 'error calling randAlpha: there is no source of chance here',
    });
  });

  test('dates are local to the TZ of the variables', () => {
    const options = { sprig: true, now: WORLD.now, variables: { TZ: 'Asia/Kolkata' } };
    const template = compileTemplate('{{ now | date "15:04 -0700" }} {{ date "15:04 Z07:00" 0 }}', options);
    assert.equal(template.render({}), '03:43 +0530 05:30 +05:30');
  });

  test('null is a nil pointer, and a nil list where only that works', () => {
    const cases: readonly (readonly [template: string, expected: string])[] = [
      ['{{ range .L }}x{{ else }}none{{ end }} {{ len .L }}', 'none 0'],
      ['{{ with .L }}x{{ else }}nil{{ end }} {{ if not .L }}not{{ end }}', 'nil not'],
      ['{{ .L }} {{ toJson . }}', '<nil> {"L":null,"M":{"k":null},"E":[]}'],
      ['{{ join "," .L }}{{ first .L }}{{ has 1 .L }}{{ concat .L .E (list 1) }}', '<no value>false[1]'],
      ['{{ .M.k }} {{ .M }} {{ .E }} {{ len .E }}', '<no value> map[k:<nil>] [] 0'],
    ];
    for (const [template, expected] of cases)
      assert.equal(render(template, { L: null, M: new Map([['k', null]]), E: [] }), expected, template);
    assert.throws(() => render('{{ .L.Foo }}', { L: null }), { what: 'nil pointer evaluating *L.Foo' });
    assert.throws(() => render('{{ .M.k.Foo }}', { M: new Map([['k', null]]) }), {
      what: 'nil pointer evaluating interface {}.Foo',
    });
  });

  test('a template that changes its data leaves the data as they are', () => {
    const data = {
      M: new Map<string, GoJsonValue>([
        ['a', 1n],
        ['b', 'x'],
      ]),
    };
    const template = compileTemplate('{{ $_ := set .M "c" 1 }}{{ unset .M "a" }}', { sprig: true });
    assert.equal(template.render(data), 'map[b:x c:1]');
    assert.equal(template.render(data), 'map[b:x c:1]');
    assert.deepEqual([...data.M.keys()], ['a', 'b']);
  });

  test('toJson is the JSON of the mapping file, and fromJson reads it', () => {
    const { value } = letrec<{ value: GoJsonValue }>((tie) => ({
      value: oneof(
        { depthSize: 'small' },
        string({ unit: 'grapheme' }),
        boolean(),
        double({ noNaN: true, noDefaultInfinity: true }),
        bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        array(tie('value'), { maxLength: 4 }),
        dictionary(string(), tie('value'), { maxKeys: 4 }).map((record) => new Map(Object.entries(record))),
      ),
    }));
    check(
      property(value, (any) => {
        const json = goJson(any);
        assert.equal(render('{{ toJson .V }}', { V: any }), json);
        assert.deepEqual(JSON.parse(render('{{ toPrettyJson .V }}', { V: any })), JSON.parse(json));
        assert.deepEqual(JSON.parse(render('{{ fromJson .J | toRawJson }}', { J: json })), JSON.parse(json));
      }),
    );
  });

  test('encodings come back as they went', () => {
    check(
      property(uint8Array({ maxLength: 20 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        const there = '{{ $x := b64dec .T }}{{ b64enc $x }} {{ b32enc $x | b32dec | b64enc }}';
        assert.equal(render(there, { T: text }), `${text} ${text}`);
      }),
    );
    check(
      property(bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (nanoseconds) =>
        assert.equal(parseDuration(formatDuration(nanoseconds)), nanoseconds),
      ),
    );
  });
});
