import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { REIMAGE_FLAGS } from '../../src/cli/reimage-flags.ts';
import { reimage } from './command.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;

/** Command lines that are wrong, and what is said of them. */
const WRONG: readonly (readonly [args: readonly string[], message: string])[] = [
  [['-nope'], 'flag provided but not defined: -nope'],
  [['--nope=1'], 'flag provided but not defined: -nope'],
  [['---V'], 'bad flag syntax: ---V'],
  [['-=x'], 'bad flag syntax: -=x'],
  [['-ignore'], 'flag needs an argument: -ignore'],
  [['-clobber=maybe'], 'invalid boolean value "maybe" for -clobber: parse error'],
  [['-jobs', 'x'], 'invalid value "x" for flag -jobs: parse error'],
  [['-jobs', '0'], '-jobs must be at least 1, not 0'],
  [['-input', 'toml'], 'invalid value "toml" for flag -input: it is k8s or yaml or krm'],
  [['-log-format=xml'], 'invalid value "xml" for flag -log-format: it is text or json'],
  [['file.yaml'], 'unexpected argument "file.yaml"; manifests come from -f or standard input'],
  [['-dryrun', 'false'], 'unexpected argument "false"; manifests come from -f or standard input'],
  [['-ignore', '('], 'invalid value "(" for flag -ignore: error parsing regexp: missing closing ): `(`'],
  [
    ['-rename-ignore', '(?=x)'],
    'invalid value "(?=x)" for flag -rename-ignore: error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
  ],
  [
    ['-rename-template', '{{ .Tag'],
    'invalid value "{{ .Tag" for flag -rename-template: template: rename-template:1: unclosed action',
  ],
  [
    ['-rename-template', '{{ upper .Tag }}', '-remote-path', 'r.example/x'],
    'invalid value "{{ upper .Tag }}" for flag -rename-template: template: rename-template:1: function "upper" not defined',
  ],
  [
    ['-write-json-mappings-img', 'r.example/A'],
    'invalid value "r.example/A" for flag -write-json-mappings-img: image reference "r.example/A": repository "A" has an upper-case letter',
  ],
  [
    ['-write-mappings-img', `r.example/map@${DIGEST}`],
    `invalid value "r.example/map@${DIGEST}" for flag -write-json-mappings-img: it must have a tag, not a digest`,
  ],
  [
    ['-static-json-mappings-img', 'x:'],
    'invalid value "x:" for flag -static-json-mappings-img: image reference "x:": the tag is empty',
  ],
  [
    ['-static-json-mappings-file', 'm', '-static-json-mappings-img', 'i'],
    'only one of -static-json-mappings-file and -static-json-mappings-img can be given',
  ],
  [['-mappings-only'], '-mappings-only needs -static-json-mappings-file or -static-json-mappings-img'],
  [
    ['-mappings-only', '-static-mappings-file', 'm', '-f', 'x'],
    '-mappings-only reads no manifests: -f makes no sense with it',
  ],
  [
    ['-log-file', '/nonexistent/log'],
    `invalid value "/nonexistent/log" for flag -log-file: ENOENT: no such file or directory, open '/nonexistent/log'`,
  ],
  [['-vulncheck-max-cvss', 'x'], 'invalid value "x" for flag -vulncheck-max-cvss: parse error'],
  [['-vulncheck-max-cvss', '-1'], '-vulncheck-max-cvss cannot be below 0, which is no limit'],
  [['-vulncheck-max-risk', '-0.5'], '-vulncheck-max-risk cannot be below 0, which is no limit'],
  [['-vulncheck-max-cvss', 'NaN'], 'invalid value "NaN" for flag -vulncheck-max-cvss: parse error'],
  [['-vulncheck-max-cvss', '7', '-vulncheck-workers', '0'], '-vulncheck-workers must be at least 1, not 0'],
  [['-vulncheck-max-cvss', '7', '-vulncheck-workers', '-3'], '-vulncheck-workers must be at least 1, not -3'],
  [
    ['-vulncheck-max-cvss', '7', '-vulncheck-timeout', '0s'],
    '-vulncheck-timeout must be longer than nothing, as in 5m',
  ],
  [
    ['-vulncheck-max-cvss', '7', '-vulncheck-timeout', '5'],
    'invalid value "5" for flag -vulncheck-timeout: parse error',
  ],
  [
    ['-vulncheck-max-cvss', '7', '-vulncheck-unscored-cvss', '11'],
    '-vulncheck-unscored-cvss is a score from 0 to 10, not 11',
  ],
  [
    ['-vulncheck-max-cvss', '7', '-vulncheck-method', 'clair'],
    'invalid value "clair" for flag -vulncheck-method: it is trivy or exec or grafeas',
  ],
  [
    ['-vulncheck-max-cvss', '7', '-vulncheck-method', 'grafeas'],
    '-vulncheck-method grafeas needs -grafeas-parent',
  ],
  [
    ['-vulncheck-max-cvss', '7', '-vulncheck-method', 'grafeas', '-grafeas-parent', 'p'],
    'invalid value "p" for flag -grafeas-parent: it is projects/PROJECT',
  ],
  [
    [
      '-vulncheck-max-cvss',
      '7',
      '-vulncheck-method',
      'grafeas',
      '-grafeas-parent',
      'projects/p',
      '-vulncheck-max-retries',
      '-1',
    ],
    '-vulncheck-max-retries cannot be -1',
  ],
  [
    ['-vulncheck-max-risk', '7', '-vulncheck-method', 'grafeas', '-grafeas-parent', 'projects/p'],
    '-vulncheck-max-risk: scans of Google have no risk',
  ],
  [
    ['-vulncheck-max-risk', '7', '-vulncheck-format', 'trivy-json'],
    '-vulncheck-max-risk: the JSON of trivy has no risk',
  ],
  [
    ['-vulncheck-max-cvss', '7', '-vulncheck-format', 'xml'],
    'invalid value "xml" for flag -vulncheck-format: it is trivy-json or grype-json',
  ],
  [
    ['-vulncheck-max-cvss', '7', '-vulncheck-command', "trivy 'image"],
    `invalid value "trivy 'image" for flag -vulncheck-command: the command has a ' without its other one`,
  ],
  [
    ['-vulncheck-max-cvss', '7', '-trivy-command', ''],
    'invalid value "" for flag -vulncheck-command: the command names no program',
  ],
  [
    ['-vulncheck-max-cvss', '7', '-vulncheck-ignore-images', '('],
    'invalid value "(" for flag -vulncheck-ignore-images: error parsing regexp: missing closing ): `(`',
  ],
  [
    ['-vulncheck-max-cvss', '7', '-vulncheck-ignore-cve-list', 'CVE-1,,CVE-2'],
    '-vulncheck-ignore-cve-list "CVE-1,,CVE-2": an id is empty',
  ],
  [
    ['-vulncheck-max-cvss', '7', '-vulncheck-ignore-cve-list', '(=CVE-2'],
    '-vulncheck-ignore-cve-list "(=CVE-2": the expression for images: error parsing regexp: missing closing ): `(`',
  ],
  [
    ['-vulncheck-max-cvss', '7', '-vulncheck-platforms', 'linux'],
    'invalid value "linux" for flag -vulncheck-platforms: platform "linux" is not of the form os/architecture[/variant][:os.version], as linux/arm64',
  ],
  [
    ['-vulncheck-report-output', 'r.json'],
    '-vulncheck-report-output needs the gate: give -vulncheck-max-cvss (11 accepts all) or -vulncheck-max-risk',
  ],
  [
    ['-vulncheck-max-cvss', '7', '-vulncheck-report-output', 'r.txt'],
    'invalid value "r.txt" for flag -vulncheck-report-output: without -vulncheck-report-template its name ends in .json, .sarif or .html',
  ],
  [
    ['-vulncheck-max-cvss', '7', '-vulncheck-report-template', 't'],
    '-vulncheck-report-template needs -vulncheck-report-output',
  ],
  [['-gcp-kms-key', 'k'], '-gcp-kms-key signs attestations: it needs -binauthz-attestor'],
  [
    ['-binauthz-attestor', 'a'],
    'invalid value "a" for flag -binauthz-attestor: it is projects/PROJECT/attestors/NAME',
  ],
  [
    ['-binauthz-attestor', 'projects/p/attestors/a', '-grafeas-parent', 'p'],
    'invalid value "p" for flag -grafeas-parent: it is projects/PROJECT',
  ],
  [['-allow-missing'], '-allow-missing needs -static-json-mappings-file or -static-json-mappings-img'],
  [
    ['-fail-on-unmatched', '-input', 'yaml'],
    '-fail-on-unmatched looks at Kubernetes objects, and -input yaml reads none',
  ],
  [
    ['-fail-on-unmatched', '-mappings-only', '-static-mappings-file', 'm'],
    '-fail-on-unmatched looks at Kubernetes objects, and -mappings-only reads none',
  ],
  [['-shard', '1/2'], '-shard shares out a mapping: it needs -mappings-only'],
  [
    ['-mappings-only', '-static-mappings-file', 'm', '-shard', '2/2'],
    'invalid value "2/2" for flag -shard: shard 2 is none of 0 to 1',
  ],
  [
    ['-mappings-only', '-static-mappings-file', 'm', '-shard', 'x'],
    'invalid value "x" for flag -shard: it is neither i/n nor n',
  ],
];

describe('usage', { concurrency: 4 }, () => {
  for (const [args, message] of WRONG) {
    test(`wrong: ${args.join(' ')}`, async () => {
      const outcome = await reimage(args, { stdin: 'kind: Nothing\n' });
      assert.deepEqual(outcome, {
        code: 2,
        stdout: '',
        stderr: `${message}\nRun "reimage -h" for the flags.\n`,
      });
    });
  }

  for (const flag of ['-h', '--help']) {
    test(`${flag} prints every flag to standard output`, async () => {
      const outcome = await reimage([flag, '-nope']);
      assert.deepEqual([outcome.code, outcome.stderr], [0, '']);
      assert.ok(outcome.stdout.startsWith('Usage: reimage [flags] < manifests.yaml > manifests-out.yaml\n'));
      for (const name of Object.keys(REIMAGE_FLAGS)) {
        assert.match(outcome.stdout, new RegExp(`^  -${name}( |$)`, 'm'));
      }
      for (const alias of [
        'write-mappings-file',
        'write-mappings-img',
        'static-mappings-file',
        'static-mappings-img',
        'remote-path',
        'trivy-command',
      ]) {
        assert.ok(outcome.stdout.replace(/\s+/g, ' ').includes(`(also -${alias})`), alias);
      }
      assert.match(
        outcome.stdout,
        /Exit codes: 0 success, 1 failure, 2 wrong usage, 3 rejected by the vulnerability gate; only 0 prints manifests\.\n$/,
      );
    });
  }

  for (const flag of ['-V', '--V=true']) {
    test(`${flag} prints the version`, async () => {
      const outcome = await reimage([flag]);
      assert.deepEqual([outcome.code, outcome.stderr], [0, '']);
      assert.match(
        outcome.stdout,
        /^reimage \d+\.\d+\.\d+\S* \(tallyman, node v\d+\.\d+\.\d+, \w+\/\w+\)\n$/,
      );
    });
  }
});

describe('flags by the rules of Go', { concurrency: 4 }, () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tallyman-e2e-'));
    await writeFile(join(folder, 'in.yaml'), 'kind: Nothing # kept\n');
    await writeFile(join(folder, 'rules.yaml'), "- kind: raw\n  imageJSONP: ['$.image']\n");
    await writeFile(join(folder, 'm.json'), '{}');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const accepted: readonly (readonly string[])[] = [
    ['-f', 'in.yaml', '-debug', '-dryrun'],
    ['--f=in.yaml', '--debug=false', '-dryrun=T', '-clobber=1', '-no-copy=0', '-no-referrers=FALSE'],
    ['-f=in.yaml', '-rename-force-digest', '-keep-tag', '-jobs=0x10', '-input=k8s', '--'],
    ['-f', 'in.yaml', '-ignore', '-x', '-rename-ignore=^$', '-rename-remote-path', 'r.example/x'],
    ['-f', 'in.yaml', '-remote-path=r.example/x', '-rename-template', '{{.RemotePath}}/{{.DigestHex}}'],
    ['-f', 'in.yaml', '-input', 'yaml', '-rules-config', 'rules.yaml'],
    ['-f', 'in.yaml', '-static-json-mappings-file', 'm.json', '-verify-static-json-mappings=false'],
    ['-f', 'in.yaml', '--static-mappings-file=m.json'],
    ['-f', 'in.yaml', '-write-json-mappings-img=r.example/map:1', '-dryrun'],
    ['-f', 'in.yaml', '-log-format', 'json', '-log-format=text'],
    [
      '-f',
      'in.yaml',
      '-vulncheck-max-cvss',
      '11',
      '-trivy-command',
      'trivy image -f json',
      '-vulncheck-timeout=5m0s',
    ],
    [
      '-f',
      'in.yaml',
      '-vulncheck-max-cvss=7',
      '-vulncheck-method',
      'grafeas',
      '-grafeas-parent',
      'project/my-id',
    ],
    ['-f', 'in.yaml', '-vulncheck-max-risk', '1e-1', '-vulncheck-workers=1', '-vulncheck-method=exec'],
  ];
  for (const args of accepted) {
    test(args.join(' '), async () => {
      const outcome = await reimage(args, { cwd: folder });
      assert.deepEqual([outcome.stdout, outcome.code], ['kind: Nothing # kept\n', 0], outcome.stderr);
    });
  }
});
