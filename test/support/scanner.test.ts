import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runProcess } from '../../src/process/index.ts';
import { CommandScanner, splitCommand } from '../../src/vulnerability/index.ts';
import { digestOf, parseReference } from '../../src/oci/index.ts';
import { eventually } from './eventually.ts';
import { run } from './processes.ts';
import { grypeReport, mostAtOnce, scannerStandIn, trivyReport } from './scanner.ts';

const signal = new AbortController().signal;
const { repository } = parseReference('r.example/app');

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'scanner-'));
  t.after(async () => await rm(path, { recursive: true, force: true }));
  return path;
}

function scanner(command: string): CommandScanner {
  const { env } = process;
  return new CommandScanner({
    command: splitCommand(command),
    format: undefined,
    run: runProcess,
    variables: env,
    needsRisk: false,
  });
}

test('a stand-in says what it was told, by digest, and what it was asked', async (t) => {
  const [one, two] = [digestOf('one'), digestOf('two')];
  const standIn = await scannerStandIn(await folder(t), {
    [one]: { report: trivyReport([{ id: 'CVE-1', cvss: 9.5, fixedIn: '1.1' }, { id: 'CVE-2' }]) },
    [two]: { report: grypeReport([{ id: 'CVE-3', cvss: 5, risk: 0.5 }]) },
  });
  const scans = scanner(`${standIn.program} image -f json`);
  const [first, second, third] = [
    await scans.scan({ repository, digest: one }, signal),
    await scans.scan({ repository, digest: two }, signal),
    await scans.scan({ repository, digest: digestOf('three') }, signal),
  ];
  assert.deepEqual(
    [...first, ...second, ...third].map(({ id, cvss, risk, packages }) => [
      id,
      cvss,
      risk,
      packages[0]?.fixedIn,
    ]),
    [
      ['CVE-1', 9.5, undefined, '1.1'],
      ['CVE-2', undefined, undefined, undefined],
      ['CVE-3', 5, 0.5, undefined],
    ],
  );
  const events = await standIn.events();
  assert.deepEqual(events.slice(0, 2), [
    { event: 'start', image: `r.example/app@${one}`, args: ['image', '-f', 'json', `r.example/app@${one}`] },
    { event: 'end', image: `r.example/app@${one}`, args: ['image', '-f', 'json', `r.example/app@${one}`] },
  ]);
  assert.equal(events.length, 6);
  assert.equal(mostAtOnce(events), 1);
  assert.equal(mostAtOnce(events.toSorted((a, b) => b.event.localeCompare(a.event))), 3);
});

test('a stand-in fails, and leaves a child that writes a file', async (t) => {
  const path = await folder(t);
  const file = join(path, 'written');
  const answer = { stderr: 'FATAL no', exitCode: 3, child: { file, delay: 0 } };
  const { program } = await scannerStandIn(path, {}, answer);
  const { code, stderr, stdout } = await run(program, ['x@sha256:0']);
  assert.deepEqual({ code, stderr, stdout }, { code: 3, stderr: 'FATAL no', stdout: '' });
  await eventually(() => assert.ok(existsSync(file)));
});

test('a scanner takes the child of a stand-in with it', async (t) => {
  const path = await folder(t);
  // Long enough to be there still when the scanner has its report, and never seen to its end.
  const answer = { report: trivyReport([]), child: { file: join(path, 'written'), delay: 3_600_000 } };
  const { program } = await scannerStandIn(path, {}, answer);
  assert.deepEqual(await scanner(program).scan({ repository, digest: digestOf('x') }, signal), []);
});
