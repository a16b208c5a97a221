import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type EmbeddedRegistry, putImage, startRegistry } from '../../src/testing/index.ts';
import { eventually } from '../support/eventually.ts';
import { type ScannerReply, startScanner, trivyReport } from '../support/scanner.ts';
import { imageOf, pod } from './cases.ts';
import { errorsOf, startReimage } from './command.ts';
import { scored } from './gate-world.ts';
import { openWorld } from './world.ts';

const IMAGES = Array.from({ length: 6 }, (_, index) => imageOf(300 + index));

async function startImages(): Promise<EmbeddedRegistry> {
  const registry = await startRegistry();
  for (const [index, image] of IMAGES.entries()) putImage(registry.store, `app${index}`, 'v1', image);
  return registry;
}

function podOf({ host }: EmbeddedRegistry): string {
  return pod(...IMAGES.map((_, index) => `${host}/app${index}:v1`));
}

/** What a registry holds besides the images that are copied from it. */
function copiesIn({ store }: EmbeddedRegistry): readonly string[] {
  return store.repositories().filter((name) => name.startsWith('r/'));
}

describe('scanners that do not end', { concurrency: 2 }, () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal} in the middle of scans ends them with all that they started: nothing printed, copied or left open`, async () => {
      await using registry = await startImages();
      await using scanner = await startScanner(() => 'stay');
      const args = [
        '-vulncheck-command',
        scanner.command,
        '-vulncheck-workers',
        '3',
        '-vulncheck-max-cvss',
        '7',
      ];
      const running = startReimage([...args, '-remote-path', `${registry.host}/r`], {
        stdin: podOf(registry),
      });
      await eventually(() => assert.equal(scanner.children, 3));
      running.kill(signal);
      const outcome = await running.outcome;
      assert.deepEqual(
        [outcome.stdout, outcome.code],
        ['', signal === 'SIGTERM' ? 143 : 130],
        outcome.stderr,
      );
      assert.deepEqual(errorsOf(outcome), [`interrupted by ${signal}; nothing was printed`]);
      await scanner.allGone();
      assert.equal(scanner.calls.length, 3);
      assert.deepEqual([copiesIn(registry), registry.openUploads], [[], 0]);
    });
  }

  test('a scan that takes too long ends with its child, and the others go on', async () => {
    await using registry = await startImages();
    const slow = IMAGES[1]?.root.digest;
    await using scanner = await startScanner(
      ({ digest }): ScannerReply => (digest === slow ? 'stay' : trivyReport()),
    );
    const { outcome } = startReimage(
      [
        '-vulncheck-command',
        scanner.command,
        '-vulncheck-max-cvss=7',
        '-vulncheck-timeout=3s',
        '-remote-path',
        `${registry.host}/r`,
      ],
      { stdin: podOf(registry) },
    );
    const { code, stdout, stderr } = await outcome;
    assert.deepEqual([stdout, code], ['', 1], stderr);
    assert.match(stderr, /image \\"\S+\/app1:v1\\": \S+: \S+ did not end within -vulncheck-timeout/);
    assert.equal(scanner.children, 1);
    await scanner.allGone();
    assert.equal(scanner.calls.length, IMAGES.length);
    assert.equal(copiesIn(registry).length, IMAGES.length - 1);
  });
});

/** Reports by the name of their file; the template has functions of sprig. */
const FORMS = ['r.json', 'r.sarif', 'r.html', 'r.txt'] as const;

const TEMPLATE = `{{ .Verdict | upper }}
{{ range $source, $m := .Mappings }}{{ $source | splitList "/" | last }} {{ $m.Digest | trunc 10 }} {{ len $m.VulnCheckResult.Accepted }}
{{ end }}{{ range $id, $r := .Rejections }}{{ $id }} {{ $r.CVSS }} {{ $r.Reason | quote }} {{ len $r.Images }}
{{ end }}{{ range $source, $why := .Failures }}{{ $source | base }} failed
{{ end }}{{ .UnusedIgnores | join "," }}`;

describe('the report is written whatever the verdict', { concurrency: 2 }, () => {
  const verdicts = [
    { verdict: 'accepted', code: 0, reply: trivyReport(scored('CVE-1', 5)) },
    { verdict: 'rejected', code: 3, reply: trivyReport(scored('CVE-1', 9.8)) },
    { verdict: 'failed', code: 1, reply: { exitCode: 1, stderr: 'FATAL no database' } },
  ] as const;
  for (const { verdict, code, reply } of verdicts) {
    test(`${verdict}: as JSON, SARIF, HTML and by a template`, async () => {
      await using server = await startRegistry();
      await using world = await openWorld(server, 'reports');
      const image = imageOf(1);
      await world.put('app', 'v1', image);
      await world.file('template', TEMPLATE);
      await using scanner = await startScanner(() => reply);
      const reports = new Map<string, string>();
      for (const form of FORMS) {
        const outcome = await world.reimage(
          [
            '-vulncheck-command',
            scanner.command,
            '-vulncheck-max-cvss=7',
            '-vulncheck-ignore-cve-list=CVE-9',
            '-vulncheck-report-output',
            form,
            ...(form === 'r.txt' ? ['-vulncheck-report-template', 'template'] : []),
          ],
          pod(world.name('app:v1')),
        );
        assert.equal(outcome.code, code, outcome.stderr);
        assert.equal(outcome.stdout === '', code !== 0);
        reports.set(form, await world.read(form));
      }
      const json = JSON.parse(reports.get('r.json') ?? '');
      assert.deepEqual(
        [json.verdict, json.images[0].status, json.images[0].digest, json.limits],
        [verdict, verdict, image.root.digest, { cvss: 7, risk: null }],
      );
      const sarif = JSON.parse(reports.get('r.sarif') ?? '');
      const [{ results, invocations }] = sarif.runs;
      assert.equal(sarif.version, '2.1.0');
      assert.equal(invocations[0].executionSuccessful, verdict !== 'failed');
      assert.equal(
        results.some(({ ruleId }: { ruleId: string }) => ruleId === 'CVE-1'),
        verdict !== 'failed',
      );
      const html = reports.get('r.html') ?? '';
      assert.ok(
        html.startsWith('<!doctype html>') && html.toLowerCase().includes(verdict),
        html.slice(0, 200),
      );
      const mapped = `app:v1 ${image.root.digest.slice(0, 10)} ${verdict === 'accepted' ? 1 : 0}`;
      const rejection = verdict === 'rejected' ? ['CVE-1 9.8 "CVSS 9.8 is above 7" 1'] : [];
      const failure = verdict === 'failed' ? ['app:v1 failed'] : [];
      assert.equal(
        reports.get('r.txt'),
        [verdict.toUpperCase(), mapped, ...rejection, ...failure, 'CVE-9'].join('\n'),
      );
    });
  }

  test('one that cannot be written fails the run, and one with a bad template before it begins', async () => {
    await using server = await startRegistry();
    await using world = await openWorld(server, 'reports');
    await world.put('app', 'v1', imageOf(1));
    await world.file('bad', '{{ nosuch . }}');
    await using scanner = await startScanner();
    const run = (...more: string[]) =>
      world.reimage(
        [
          '-vulncheck-command',
          scanner.command,
          '-vulncheck-max-cvss=7',
          '-write-mappings-file=m.json',
          ...more,
        ],
        pod(world.name('app:v1')),
      );
    const unwritable = await run('-vulncheck-report-output', 'no/such/r.json');
    assert.deepEqual([unwritable.stdout, unwritable.code], ['', 1]);
    assert.match(errorsOf(unwritable).join(), /^cannot write the report: cannot write no\/such\/r\.json: /);
    assert.equal(await world.read('m.json').catch(() => 'none'), 'none');
    const bad = await run('-vulncheck-report-output', 'r.txt', '-vulncheck-report-template', 'bad');
    assert.deepEqual([bad.stdout, bad.code], ['', 1]);
    assert.deepEqual(errorsOf(bad), ['template: bad:1: function "nosuch" not defined']);
    await world.file('r.json', '{"verdict":"accepted"}');
    const unread = await run('-vulncheck-report-output', 'r.json', '-rules-config', 'none.yaml');
    assert.deepEqual([unread.stdout, unread.code], ['', 1]);
    assert.equal(JSON.parse(await world.read('r.json')).verdict, 'failed', 'nothing is left of a run before');
    assert.equal(scanner.calls.length, 0);
  });
});
