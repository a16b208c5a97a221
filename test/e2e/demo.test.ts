import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, watch, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test, type TestContext } from 'node:test';
import { readChoice } from '../../demo/choice.ts';
import { diffLines, hunksOf } from '../../demo/diff.ts';
import { run, runOk } from '../support/processes.ts';
import { helperFolder, requireTool } from '../support/tools.ts';

const DEMO = join(import.meta.dirname, '../../demo/demo.ts');

interface Room {
  /** Of everything. */
  readonly folder: string;
  /** Where the demo puts what it needs. */
  readonly temporary: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A file of our own. */
  readonly file: (name: string, text: string) => Promise<string>;
}

// They wait more than they work.
describe('npm run demo', { concurrency: 3 }, () => {
  test('reimage: what changed, what became what, what was sent', async (t) => {
    const { temporary, env } = await room(t);
    const { code, stdout, stderr } = await run(process.execPath, [DEMO, 'reimage'], { env });
    assert.equal(stderr, '');
    assert.equal(code, 0);
    const lines = stdout.replace(/127\.0\.0\.1:\d+|localhost:\d+/g, 'HOST').split('\n');
    for (const line of [
      '  HOST  stands in for docker.io, ghcr.io, quay.io',
      '$ node dist/reimage.js \\',
      '    -rename-remote-path HOST/acme \\',
      'demo/manifests/backup.yaml',
      "   17 -   image: &pg 'postgres:17.2'  # for both",
      '  quay.io/crio/artifact:v2                 →  quay.io/crio/artifact:6509f0e4…',
    ]) {
      assert.ok(lines.includes(line), `no line is "${line}":\n${stdout}`);
    }
    assert.match(
      stdout,
      /^ {6}\+ {3}image: &pg 'localhost:\d+\/acme\/index\.docker\.io\/library\/postgres@sha256:/m,
    );
    assert.match(stdout, /^What changed {2}11 of \d+ lines;/m);
    assert.match(stdout, /^10 images copied whole/m);
    assert.match(stdout, /^ {2}blobs sent +\d+ +–$/m);
    assert.match(stdout, /^The second run printed the same, and sent nothing\.$/m);
    checkGate(stdout);
    assert.ok(!stdout.includes('\u001b'), 'no colours but on a terminal');
    await checkLeft(temporary, stdout);
  });

  test('reimage signs what passed the gate, and has cosign verify it; the same for Google', async (t) => {
    const [cosign, openssl] = [await requireTool(t, 'cosign'), await requireTool(t, 'openssl')];
    if (cosign === undefined || openssl === undefined) return;
    const { temporary, env } = await room(t);
    const { code, stdout, stderr } = await run(process.execPath, [DEMO, 'reimage'], {
      env: { ...env, XDG_CACHE_HOME: dirname(dirname(helperFolder(process.env))) },
    });
    assert.equal(stderr, '');
    assert.equal(code, 0);
    const lines = plain(stdout)
      .replaceAll(temporary, 'TMP')
      .replace(/tallyman-demo-\w+/g, 'ROOM')
      .split('\n');
    checkBlock(lines, [
      'Signed  with a key of cosign, whose password is in COSIGN_PASSWORD',
      '',
      '$ cosign generate-key-pair',
      '$ node dist/reimage.js … \\',
      '    -sign-cosign-key TMP/ROOM/cosign.key',
      '',
      '10 images signed by digest, in two forms. nginx:1.27.3 has now:',
      '',
      '  sha256-bb1cd6be….sig  a tag, for all versions of cosign',
      '  DIGEST      a referrer with the bundle of cosign 3',
      '',
      'Every signature holds, and a second run adds none.',
      '',
      '$ cosign verify \\',
      '    --key TMP/ROOM/cosign.pub \\',
      '    --insecure-ignore-tlog=true \\',
      '    HOST/vetted/index.docker.io/library/nginx@DIGEST',
      '',
      'cosign says of the bundle, and with --new-bundle-format=false of the tag:',
      '  - The cosign claims were validated',
      '  - The signatures were verified against the specified public key',
    ]);
    checkBlock(lines, [
      "Attested  for Binary Authorization; Google's APIs run in this demo, too",
      '',
      '$ node dist/reimage.js … \\',
      '    -binauthz-attestor projects/acme/attestors/vetted',
      '',
      '                                    first run  second run',
      '  attestor read                             1           1',
      '  images looked up                         10          10',
      '  signed by Cloud KMS                      10           –',
      '  verified by Binary Authorization         10           –',
      '  occurrences made                         10           –',
      '',
      'Every attestation holds, for the digest that was scanned, copied and printed.',
    ]);
    await checkLeft(temporary, stdout);
  });

  test('reimage without cosign and openssl: signs with a public key, asks no Google', async (t) => {
    const { folder, temporary, env, file } = await room(t);
    await chmod(await file('trivy', '#!/bin/sh\nexit 1\n'), 0o755);
    const { code, stdout, stderr } = await run(process.execPath, [DEMO, 'reimage'], {
      env: { ...env, PATH: folder, XDG_CACHE_HOME: folder },
    });
    assert.equal(stderr, '');
    assert.equal(code, 0);
    checkGate(stdout);
    assert.match(stdout, /^trivy is on your PATH, and is what scans without -vulncheck-command\.$/m);
    assert.match(stdout, /^There is no cosign here to make a key: this one is public, in the repository\.$/m);
    assert.match(stdout, /^Every signature holds, and a second run adds none\.$/m);
    assert.match(
      stdout,
      /^cosign is not on PATH \(github\.com\/sigstore\/cosign\)\. It would be asked so:$/m,
    );
    assert.ok(!stdout.includes('cosign says'), 'nobody has answered');
    assert.match(
      stdout,
      /^Binary Authorization {2}skipped: openssl is not on PATH \(apt-get install openssl\)$/m,
    );
    await checkLeft(temporary, stdout);
  });

  test('fails as cosign fails, with its words', async (t) => {
    const { folder, temporary, env, file } = await room(t);
    await chmod(await file('cosign', '#!/bin/sh\necho "no entropy left" >&2\nexit 4\n'), 0o755);
    const { code, stderr } = await run(process.execPath, [DEMO, 'reimage'], {
      env: { ...env, PATH: folder },
    });
    assert.equal(stderr, '\ncosign generate-key-pair ended with 4:\nno entropy left\n');
    assert.equal(code, 1);
    assert.deepEqual(await namesIn(temporary), ['tallyman-report-']);
  });

  test('takes manifests of the user, and says which images it made up and which it cannot', async (t) => {
    const { temporary, env, file } = await room(t);
    const pinned = `team/tool@sha256:${'0123456789abcdef'.repeat(4)}`;
    const path = await file(
      'mine.yaml',
      `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: registry.example:5000/team/app:1.2 # mine\n  - image: ${pinned}\n`,
    );
    const { code, stdout, stderr } = await run(process.execPath, [DEMO, '-f', path], { env });
    assert.equal(stderr, '');
    assert.equal(code, 0);
    assert.match(stdout, /made up a small one for each:\n {2}registry\.example:5000\/team\/app:1\.2\n/);
    assert.ok(stdout.includes(`passed over:\n  ${pinned}\n`), stdout);
    assert.match(
      stdout,
      /^ {6}\+ - image: localhost:\d+\/acme\/registry\.example-5000\/team\/app@sha256:\w+… # mine$/m,
    );
    assert.match(stdout, /^What changed {2}1 of 6 lines;/m);
    assert.match(stdout, /finds something in\n?\s?registry\.example:5000\/team\/app:1\.2\./);
    assert.match(stdout, /^ {2}copied {5}nothing of registry\.example:5000\/team\/app:1\.2$/m);
    assert.match(
      stdout,
      /^1 image signed by digest, in two forms\. registry\.example:5000\/team\/app:1\.2 has now:$/m,
    );
    await checkLeft(temporary, stdout);
  });

  test('fails as the command fails, with its words', async (t) => {
    const { temporary, env, file } = await room(t);
    const path = await file('bad.yaml', 'a: [\n');
    const { code, stdout, stderr } = await run(process.execPath, [DEMO, '-f', path], { env });
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /^dist\/reimage\.js ended with 1:$/m);
    assert.match(stderr, /bad\.yaml:2:1/);
    assert.deepEqual(await readdir(temporary), []);
  });

  test('refuses what it does not know, and says how it is used', async (t) => {
    const { env } = await room(t);
    const { code, stderr } = await run(process.execPath, [DEMO, '-x'], { env });
    assert.equal(code, 2);
    assert.match(stderr, /^usage: npm run demo -- \[reimage\] \[-f FILE\|DIR\]\.\.\.$/m);
  });

  test('leaves nothing behind when it is interrupted in reimage', async (t) => {
    const { temporary, env, file } = await room(t);
    // Nobody writes to this pipe, so the command waits for its input until it is ended.
    const pipe = await file('never.yaml', '');
    await rm(pipe);
    await runOk('mkfifo', [pipe]);
    const changes = watch(temporary, { signal: t.signal });
    const child = spawn(process.execPath, [DEMO, '-f', pipe], { env, stdio: 'ignore' });
    const exit = once(child, 'exit');
    for await (const { filename } of changes) if (filename?.startsWith('tallyman-demo-')) break;
    child.kill('SIGINT');
    assert.deepEqual(await exit, [130, null]);
    assert.deepEqual(await readdir(temporary), []);
  });

  test('the exporter after reimage, and what Prometheus answers', async (t) => {
    // Debian brings both programs in one package.
    if ((await requireTool(t, 'promtool')) === undefined) return;
    const { folder, temporary, env } = await room(t);
    const { code, stdout, stderr } = await run(process.execPath, [DEMO], { env });
    assert.equal(stderr, '');
    assert.equal(code, 0);
    const [reimage = '', exporter = '', ...more] = stdout.split(`${'─'.repeat(80)}\n`);
    assert.deepEqual(more, []);
    assert.match(reimage, /^The second run printed the same, and sent nothing\.$/m);
    checkExporter(exporter);
    const answers = exporter.split('\n').filter((line) => line.startsWith('  → '));
    assert.deepEqual(
      answers.map((line) => plain(line).slice(4)),
      [
        '33.3 %',
        '412 days  quay.io/prometheus/node-exporter@DIGEST',
        ' 97 days  HOST/shop/report:nightly',
        ' 63 days  postgres:17.2',
        '50.0 %',
        'StatefulSet shop/cache  redis:7.4  not_found',
      ],
    );
    await checkLeft(temporary, reimage);
    assert.deepEqual(await processesNaming(folder), []);
  });

  test('the exporter alone, without Prometheus', async (t) => {
    const { folder, temporary, env } = await room(t);
    const { code, stdout, stderr } = await run(process.execPath, [DEMO, 'exporter'], {
      env: { ...env, PATH: folder },
    });
    assert.equal(stderr, '');
    assert.equal(code, 0);
    checkExporter(stdout);
    assert.match(
      stdout,
      /^Questions to Prometheus {2}skipped: it is not on PATH \(apt-get install prometheus\)$/m,
    );
    assert.ok(!stdout.includes('→'), 'nobody has answered');
    assert.ok(!stdout.includes('reimage'), 'it is the exporter alone');
    assert.deepEqual(await readdir(temporary), []);
    assert.deepEqual(await processesNaming(folder), []);
  });

  test('fails as Prometheus fails, with its words, and ends the exporter', async (t) => {
    const { folder, temporary, env, file } = await room(t);
    const fake = await file('prometheus', '#!/bin/sh\necho "the disk is full" >&2\nexit 3\n');
    await chmod(fake, 0o755);
    const { code, stderr } = await run(process.execPath, [DEMO, 'exporter'], {
      env: { ...env, PATH: folder },
    });
    assert.equal(stderr, '\nprometheus ended by itself:\nthe disk is full\n');
    assert.equal(code, 1);
    assert.deepEqual(await readdir(temporary), []);
    assert.deepEqual(await processesNaming(folder), []);
  });

  test('leaves nothing behind when it is interrupted in the exporter', async (t) => {
    const { folder, temporary, env } = await room(t);
    const child = spawn(process.execPath, [DEMO, 'exporter'], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    const exit = once(child, 'exit');
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith('What was asked for it')) continue;
      assert.notDeepEqual(await processesNaming(folder), [], 'it was not running at all');
      break;
    }
    child.kill('SIGINT');
    assert.deepEqual(await exit, [130, null]);
    assert.deepEqual(await readdir(temporary), []);
    assert.deepEqual(await processesNaming(folder), []);
  });
});

describe('what the demo is asked to show', () => {
  const all = ['reimage', 'exporter'];
  const own = ['demo/manifests'];
  for (const [args, parts, files] of [
    [[], all, own],
    [['reimage'], ['reimage'], own],
    [['exporter'], ['exporter'], own],
    [['-f', 'a.yaml', '-f', 'b'], ['reimage'], ['a.yaml', 'b']],
    [['reimage', '-f', 'a.yaml'], ['reimage'], ['a.yaml']],
    [['-f', 'a.yaml', 'reimage'], ['reimage'], ['a.yaml']],
  ] as const) {
    test(args.join(' ') || 'nothing', () => assert.deepEqual(readChoice(args), { parts, files }));
  }
  for (const [args, message] of [
    [['exporter', '-f', 'a.yaml'], /^Error: -f names manifests for reimage/],
    [['importer'], /the demo has no part "importer"/],
    [['reimage', 'exporter'], /the demo has no part "exporter" here/],
  ] as const) {
    test(`refuses ${args.join(' ')}`, () => assert.throws(() => readChoice(args), message));
  }
});

/** What the gate of reimage's part says, whoever is there to scan and to sign. */
function checkGate(stdout: string): void {
  const lines = plain(stdout).split('\n');
  checkBlock(lines, [
    'level=ERROR msg="demo/manifests/shop.yaml:30:18 (document 1): image',
    '  \\"nginx:1.27.3\\": rejected by the gate: CVE-2023-6879 (CVSS 9.8 is above 7),',
    '  CVE-2024-45491 (CVSS 9.8 is above 7)"',
    '',
    '  exit code  3',
    '  printed    nothing at all',
    '  copied     nothing of nginx:1.27.3; 9 of 9 others',
    '  report     rejected, and why:',
    '',
    '    CVE-2023-6879   9.8  libaom3 3.6.0-1+deb12u1    no fix yet',
    '    CVE-2024-45491  9.8  libexpat1 2.5.0-1+deb12u1  fixed in 2.5.0-1+deb12u2',
  ]);
  checkBlock(lines, [
    '  exit code  0',
    '  printed    130 lines, the same as above but for "vetted"',
    '  copied     nginx:1.27.3 too: all 10 images are there',
    '  report     CVE-2023-6879 ignored: no video is decoded here',
    '             CVE-2024-45491 ignored: the fix comes with the next base image',
  ]);
}

/** Lines that follow each other. */
function checkBlock(lines: readonly string[], expected: readonly string[]): void {
  const at = lines.indexOf(expected[0] ?? '');
  assert.deepEqual(at < 0 ? lines : lines.slice(at, at + expected.length), expected);
}

/** Nothing is left but the page of the gate, where the demo says that it is. */
async function checkLeft(temporary: string, stdout: string): Promise<void> {
  assert.deepEqual(await namesIn(temporary), ['tallyman-report-']);
  const [, page = ''] = /^ {2}(\/\S+\/report\.html)$/m.exec(stdout) ?? [];
  assert.ok(page.startsWith(temporary), `"${page}" is not in ${temporary}`);
  assert.match(await readFile(page, 'utf8'), /^<!doctype html>[^]*CVE-2024-45491/i);
}

/** What is in a folder, without what differs from run to run. */
async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).map((name) => name.replace(/-\w{6}$/, '-'));
}

/** What the exporter's part says, whoever is there to ask. */
function checkExporter(stdout: string): void {
  const lines = plain(stdout).split('\n');
  for (const line of [
    '  HOST  stands in for docker.io, quay.io',
    '$ node dist/container-image-exporter.js \\',
    '    --cache-duration 2s',
    '  DaemonSet    node-exporter  quay.io/prometheus/node-exporter@DIGEST',
    '  container_image_label{digest="DIGEST",key="dev.chainguard.package.main",',
    '- container_image_tag_changes_total{image="HOST/shop/report:nightly"} 0',
    '+ container_image_tag_changes_total{image="HOST/shop/report:nightly"} 1',
    '- container_image_lookup_status{image="redis:7.4",reason="ok"} 1',
    '+ container_image_lookup_status{image="redis:7.4",reason="not_found"} 1',
  ]) {
    assert.ok(lines.includes(line), `no line is "${line}":\n${stdout}`);
  }
  assert.match(stdout, /^ {2}container_image_created\{digest="sha256:\w{8}…"\} \d+ {2}← 3 days ago$/m);
  assert.match(stdout, /^ {2}API server +\d+ +– +–$/m);
  assert.match(stdout, /^ {2}registries +\d+ +– +\d+$/m);
  assert.match(stdout, /^ {4}HEAD manifest +\d+ +– +\d+$/m);
  assert.match(stdout, /^ {4}GET manifest +\d+ +– +–$/m);
  assert.match(stdout, /level=WARN msg="an image cannot be looked up"$/m);
  assert.match(stdout, /^SIGTERM ended it in \d+ ms, in good order \(exit code 0\)\.$/m);
  const moved = (sign: string): string[] =>
    [...stdout.matchAll(/^([-+]) container_image_\w+\{digest="(sha256:\w+…)"/gm)]
      .filter((match) => match[1] === sign)
      .map((match) => match[2] ?? '');
  const [gone, come] = [new Set(moved('-')), new Set(moved('+'))];
  assert.deepEqual([gone.size, come.size], [1, 1], 'one digest goes, one comes');
  assert.notDeepEqual(gone, come);
  assert.ok(!stdout.includes('\u001b'), 'no colours but on a terminal');
}

/** Text without what differs from run to run. */
function plain(text: string): string {
  return text.replace(/(?:127\.0\.0\.1|localhost):\d{2,}/g, 'HOST').replace(/sha256:\w{8}…/g, 'DIGEST');
}

/** The command lines of all processes that name a folder. */
async function processesNaming(folder: string): Promise<string[]> {
  const all = await runOk('ps', ['-A', '-o', 'args=']);
  return all.split('\n').filter((line) => line.includes(folder));
}

describe('the diff of the demo', () => {
  const old = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  for (const [name, now, expected] of [
    ['a line in the middle', ['a', 'b', 'X', 'd', 'e', 'f', 'g'], ['2 b', '3 -c', '+X', '4 d']],
    [
      'the first and the last',
      ['X', 'b', 'c', 'd', 'e', 'f', 'Y'],
      ['1 -a', '+X', '2 b', '---', '6 f', '7 -g', '+Y'],
    ],
    [
      'close ones in one hunk',
      ['a', 'X', 'c', 'Y', 'e', 'f', 'g'],
      ['1 a', '2 -b', '+X', '3 c', '4 -d', '+Y', '5 e'],
    ],
    ['one that is now two', ['a', 'b', 'X', 'Y', 'd', 'e', 'f', 'g'], ['2 b', '3 -c', '+X', '+Y', '4 d']],
    ['one that went', ['a', 'b', 'd', 'e', 'f', 'g'], ['2 b', '3 -c', '4 d']],
    ['nothing', old, []],
  ] as const) {
    test(name, () => {
      const hunks = hunksOf(diffLines(old, now), old, 1).map((hunk) =>
        hunk.map(({ kind, number, text }) => {
          const sign = { same: '', removed: '-', added: '+' }[kind];
          return `${number === undefined ? '' : `${number} `}${sign}${text}`;
        }),
      );
      assert.deepEqual(
        hunks.flatMap((hunk, index) => (index === 0 ? hunk : ['---', ...hunk])),
        expected,
      );
    });
  }
});

async function room(t: TestContext): Promise<Room> {
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-demo-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  return {
    folder,
    temporary,
    env: { PATH: process.env['PATH'], TMPDIR: temporary },
    file: async (name, text) => {
      const path = join(folder, name);
      await writeFile(path, text);
      return path;
    },
  };
}
