import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { before, describe, test } from 'node:test';
import { run } from '../support/processes.ts';
import { ROOT } from './kubectl.ts';

const SOURCE = '/src';
const NODE_FOLDER = '/nodejs/bin';

interface Instruction {
  readonly name: string;
  readonly text: string;
}

describe('deploy/image/Dockerfile', () => {
  let stages: readonly (readonly Instruction[])[] = [];
  before(async () => {
    const text = await readFile(join(ROOT, 'deploy/image/Dockerfile'), 'utf8');
    stages = stagesOf(text);
  });
  const of = (stage: number, name: string): string[] =>
    (stages[stage] ?? []).filter((instruction) => instruction.name === name).map(({ text }) => text);

  test('builds from what it copies', async (t) => {
    assert.deepEqual(of(0, 'WORKDIR'), [SOURCE]);
    assert.deepEqual(of(0, 'ARG'), ['REVISION']);
    assert.deepEqual(of(0, 'RUN'), ['npm ci', 'TALLYMAN_REVISION="$REVISION" npm run build']);
    const folder = await mkdtemp(join(tmpdir(), 'tallyman-image-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    for (const text of of(0, 'COPY')) {
      const words = text.split(' ');
      const target = words.pop() ?? '';
      for (const path of words) {
        const name = target === './' ? basename(path) : target;
        await cp(join(ROOT, path), join(folder, name), { recursive: true });
      }
    }
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const { scripts }: { scripts: Readonly<Record<string, string>> } = JSON.parse(
      await readFile(join(folder, 'package.json'), 'utf8'),
    );
    assert.equal(scripts['build'], 'node scripts/build.ts');
    const built = await run(process.execPath, ['scripts/build.ts'], {
      cwd: folder,
      env: { ...process.env, TALLYMAN_REVISION: 'abc1234' },
    });
    assert.equal(built.code, 0, built.stderr);
    const bundle = await Promise.all(
      (await readdir(join(folder, 'dist/chunks'))).map((name) =>
        readFile(join(folder, 'dist/chunks', name), 'utf8'),
      ),
    );
    assert.ok(bundle.some((text) => text.includes('abc1234')));

    const [entry = ''] = of(1, 'ENTRYPOINT');
    const [node, ...args]: string[] = JSON.parse(entry);
    assert.equal(node, `${NODE_FOLDER}/node`);
    assert.deepEqual(of(1, 'COPY'), [`--from=build ${SOURCE}/dist /app`]);
    const there = args.map((arg) => (arg.startsWith('/app/') ? join(folder, 'dist', basename(arg)) : arg));
    const answer = await run(process.execPath, [...there, '--version'], { env: {} });
    assert.equal(answer.stderr, '');
    assert.match(answer.stdout, /^container-image-exporter \d/);
    assert.equal(answer.code, 0);
    const refused = await run(process.execPath, [...there, '--no-such-flag'], { env: {} });
    assert.equal(refused.code, 1);
  });

  test('runs as the user that the manifest says, with its home', async () => {
    assert.deepEqual(of(1, 'USER'), ['65532:65532']);
    assert.deepEqual(of(1, 'ENV'), ['HOME=/home/nonroot']);
    assert.deepEqual(of(1, 'EXPOSE'), ['8080 8081']);
    const manifest = await readFile(join(ROOT, 'deploy/manifests/container-image-exporter.yaml'), 'utf8');
    assert.match(manifest, /runAsUser: 65532\n +runAsGroup: 65532\n/);
    assert.match(manifest, /name: HOME\n +value: \/home\/nonroot\n/);
  });

  test('both stages have the Node.js that the package wants', async () => {
    const { engines }: { engines: { node: string } } = JSON.parse(
      await readFile(join(ROOT, 'package.json'), 'utf8'),
    );
    const least = Number(/^>=(\d+)\./.exec(engines.node)?.[1]);
    const [build = '', last = ''] = [of(0, 'FROM'), of(1, 'FROM')].map(([from]) => from);
    for (const from of [
      / node:(\d+)-slim AS build$/.exec(build),
      /\/nodejs(\d+)-debian\d+:nonroot$/.exec(last),
    ]) {
      assert.ok(Number(from?.[1]) > least);
    }
  });
});

/** The instructions of each stage, their lines joined. */
function stagesOf(text: string): Instruction[][] {
  const stages: Instruction[][] = [];
  const lines = text.replaceAll(/\\\n\s*/g, '').split('\n');
  for (const line of lines.filter((each) => each !== '' && !each.startsWith('#'))) {
    const [name = ''] = line.split(' ', 1);
    if (name === 'FROM') stages.push([]);
    stages.at(-1)?.push({ name, text: line.slice(name.length + 1) });
  }
  return stages;
}
