import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  array,
  assert as check,
  boolean,
  constantFrom,
  double,
  integer,
  property,
  record,
  string,
} from 'fast-check';
import { formatDuration } from './duration.ts';
import { type FlagDefinitions, parseFlags, UsageError, usage } from './go-flags.ts';

const FLAGS = {
  ignore: {
    type: 'string',
    default: '^$',
    help: 'images matching this `regexp` are left alone',
    group: 'Images',
  },
  f: {
    type: 'strings',
    default: [],
    help: 'read manifests from this `file` instead of stdin',
    group: 'Images',
  },
  jobs: { type: 'integer', default: 8, help: 'how many at once', group: 'Running' },
  cvss: { type: 'float', default: 0, help: 'limit', group: 'Running' },
  timeout: {
    type: 'duration',
    default: 300_000,
    help: 'how long to wait for one image before it counts as failed and the whole run with it',
    group: 'Running',
  },
  clobber: { type: 'boolean', default: false, help: 'overwrite', group: 'Running' },
  verify: { type: 'boolean', default: true, help: 'look again', aliases: ['check'], group: 'Running' },
  write: { type: 'string', default: '', help: 'mapping out', aliases: ['write-json', 'w'], group: 'Running' },
} satisfies FlagDefinitions;

const DEFAULTS = {
  ignore: '^$',
  f: [],
  jobs: 8,
  cvss: 0,
  timeout: 300_000,
  clobber: false,
  verify: true,
  write: '',
};

suite('Go flags', () => {
  test('command lines and what they mean', () => {
    const cases: readonly (readonly [string[], object, string[]?])[] = [
      [[], {}],
      [['-ignore', 'x'], { ignore: 'x' }],
      [['--ignore=x=y'], { ignore: 'x=y' }],
      [['-ignore='], { ignore: '' }],
      [['-ignore', ''], { ignore: '' }],
      [['-ignore', '-clobber'], { ignore: '-clobber' }],
      [['-ignore', '--', '-clobber'], { ignore: '--', clobber: true }],
      [['-ignore', 'a\nb', '-ignore=c\nd'], { ignore: 'c\nd' }],
      [['-clobber', '-verify=false'], { clobber: true, verify: false }],
      [['-clobber=T', '-verify=F'], { clobber: true, verify: false }],
      [['-clobber', 'false'], { clobber: true }, ['false']],
      [['-check=0'], { verify: false }],
      [['-w', 'a', '--write-json', 'b'], { write: 'b' }],
      [['-f', 'a', '-f=b', '-f', 'c'], { f: ['a', 'b', 'c'] }],
      [['-jobs', '0x10'], { jobs: 16 }],
      [['-jobs', '-017'], { jobs: -15 }],
      [['-jobs=1_000'], { jobs: 1000 }],
      [['-cvss', '7.5', '-timeout', '1h30m'], { cvss: 7.5, timeout: 5_400_000 }],
      [['-cvss', '.5e1'], { cvss: 5 }],
      [['-clobber', '--', '-jobs', '3'], { clobber: true }, ['-jobs', '3']],
      [['file', '-jobs', '3'], {}, ['file', '-jobs', '3']],
      [['-', '-jobs'], {}, ['-', '-jobs']],
      [['', '-jobs'], {}, ['', '-jobs']],
    ];
    for (const [argv, values, rest = []] of cases) {
      const parsed = parseFlags(FLAGS, argv);
      assert.deepEqual(parsed.values, { ...DEFAULTS, ...values }, argv.join(' '));
      assert.deepEqual(parsed.rest, rest);
      assert.deepEqual([...parsed.given].toSorted(), Object.keys(values).toSorted());
      assert.equal(parsed.help, false);
    }
  });

  test('faults, in the words of Go', () => {
    const cases: readonly (readonly [string[], string])[] = [
      [['-foo'], 'flag provided but not defined: -foo'],
      [['--foo=1'], 'flag provided but not defined: -foo'],
      [['-clobber', '-Ignore', 'x'], 'flag provided but not defined: -Ignore'],
      [['-ignore'], 'flag needs an argument: -ignore'],
      [['-w'], 'flag needs an argument: -w'],
      [['---x'], 'bad flag syntax: ---x'],
      [['-=x'], 'bad flag syntax: -=x'],
      [['--=x'], 'bad flag syntax: --=x'],
      [['-clobber=yes'], 'invalid boolean value "yes" for -clobber: parse error'],
      [['-clobber='], 'invalid boolean value "" for -clobber: parse error'],
      [['-jobs', '1.5'], 'invalid value "1.5" for flag -jobs: parse error'],
      [['-jobs', '08'], 'invalid value "08" for flag -jobs: parse error'],
      [
        ['-jobs', '9223372036854775808'],
        'invalid value "9223372036854775808" for flag -jobs: value out of range',
      ],
      [['-cvss', 'high'], 'invalid value "high" for flag -cvss: parse error'],
      [['-cvss', 'NaN'], 'invalid value "NaN" for flag -cvss: parse error'],
      [['-cvss', '1e999'], 'invalid value "1e999" for flag -cvss: value out of range'],
      [['-timeout', '10'], 'invalid value "10" for flag -timeout: parse error'],
      [['-constructor'], 'flag provided but not defined: -constructor'],
    ];
    for (const [argv, message] of cases) {
      assert.throws(() => parseFlags(FLAGS, argv), new UsageError(message), argv.join(' '));
    }
  });

  test('-h and -help end parsing, wherever they stand', () => {
    for (const argv of [['-h'], ['--help'], ['-clobber', '-help', '-nope'], ['-h=x']]) {
      const { help, rest } = parseFlags(FLAGS, argv);
      assert.deepEqual({ help, rest }, { help: true, rest: [] });
    }
    assert.equal(parseFlags(FLAGS, ['x', '-h']).help, false);
  });

  test('the types of the values follow from the definitions', () => {
    const { values } = parseFlags(FLAGS, ['-f', 'a']);
    const lengths: number = values.f.length + values.ignore.length + values.jobs;
    assert.equal(lengths, 1 + 2 + 8);
  });

  test('a name that two flags claim is a mistake of ours', () => {
    const clash: FlagDefinitions = {
      a: { type: 'boolean', default: false, help: '', aliases: ['b'] },
      b: { type: 'boolean', default: false, help: '' },
    };
    assert.throws(() => parseFlags(clash, []), new TypeError('flag redefined: b'));
  });

  test('the usage', () => {
    assert.equal(
      usage(FLAGS, { program: 'tool', synopsis: '[flags] < in > out' }),
      `Usage: tool [flags] < in > out

Images:
  -ignore regexp
    \timages matching this regexp are left alone (default "^$")
  -f file
    \tread manifests from this file instead of stdin

Running:
  -jobs int
    \thow many at once (default 8)
  -cvss float
    \tlimit
  -timeout duration
    \thow long to wait for one image before it counts as failed and the whole
    \trun with it (default 5m0s)
  -clobber
    \toverwrite
  -verify
    \tlook again (default true) (also -check)
  -write string
    \tmapping out (also -write-json, -w)
`,
    );
  });

  test('what is printed as flags reads back the same', () => {
    const values = record({
      ignore: string(),
      f: array(string(), { minLength: 1 }),
      jobs: integer(),
      cvss: double({ noNaN: true, noDefaultInfinity: true }),
      timeout: integer(),
      clobber: boolean(),
      verify: boolean(),
      write: string(),
    });
    check(
      property(
        values,
        constantFrom('-', '--'),
        boolean(),
        array(string()),
        (expected, dashes, joined, rest) => {
          const argv: string[] = [];
          for (const [name, value] of Object.entries(expected)) {
            for (const item of Array.isArray(value) ? value : [value]) {
              const text = name === 'timeout' ? formatDuration(Number(item)) : String(item);
              if (joined || typeof item === 'boolean') argv.push(`${dashes}${name}=${text}`);
              else argv.push(`${dashes}${name}`, text);
            }
          }
          const parsed = parseFlags(FLAGS, [...argv, '--', ...rest]);
          // Text has no negative zero to give back.
          assert.deepEqual(parsed.values, { ...expected, cvss: Number(String(expected.cvss)) });
          assert.deepEqual(parsed.rest, rest);
        },
      ),
    );
  });
});
