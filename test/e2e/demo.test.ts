import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, watch, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { diffLines, hunksOf } from '../../demo/diff.ts';
import { run, runOk } from '../support/processes.ts';

const DEMO = join(import.meta.dirname, '../../demo/demo.ts');

interface Room {
  /** Where the demo puts what it needs. */
  readonly temporary: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A file of our own. */
  readonly file: (name: string, text: string) => Promise<string>;
}

describe('npm run demo', () => {
  test('shows the demo manifests: what changed, what became what, what was sent', async (t) => {
    const { temporary, env } = await room(t);
    const { code, stdout, stderr } = await run(process.execPath, [DEMO], { env });
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
    assert.ok(!stdout.includes('\u001b'), 'no colours but on a terminal');
    assert.deepEqual(await readdir(temporary), []);
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
    assert.deepEqual(await readdir(temporary), []);
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

  test('refuses other flags', async (t) => {
    const { env } = await room(t);
    const { code, stderr } = await run(process.execPath, [DEMO, '-x'], { env });
    assert.equal(code, 2);
    assert.match(stderr, /^usage: npm run demo -- \[-f FILE\|DIR\]\.\.\.$/m);
  });

  test('leaves nothing behind when it is interrupted', async (t) => {
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
});

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
    temporary,
    env: { PATH: process.env['PATH'], TMPDIR: temporary },
    file: async (name, text) => {
      const path = join(folder, name);
      await writeFile(path, text);
      return path;
    },
  };
}
