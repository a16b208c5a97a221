import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuiltImage } from '../../src/testing/index.ts';
import { startScanner, trivyReport } from '../support/scanner.ts';
import { assertHolds, type Case, imageOf, multiPlatform, pod } from './cases.ts';
import { errorsOf, logLines } from './command.ts';
import { scored } from './gate-world.ts';
import type { World } from './world.ts';

const BY_TAG = ['-rename-template', '{{ .RemotePath }}/app:{{ .Tag }}', '-rename-remote-path'];

/** A mapping in the form of the Go program, with what only it writes. */
export function goMapping(
  entries: Readonly<Record<string, readonly [tag: string, image: BuiltImage]>>,
): string {
  const vulncheckResult = { Ignored: null, Accepted: [{ ID: 'CVE-1', CVSS: 5.3, Desc: '' }], Rejected: null };
  const values = Object.entries(entries).map(([key, [tag, { root }]]) => [
    key,
    { tag, digest: root.digest, vulncheckResult },
  ]);
  return JSON.stringify(Object.fromEntries(values));
}

/** Runs the command on a Pod of nginx, which it must refuse; gives its errors. */
export async function refusedMapping(world: World, args: readonly string[]): Promise<readonly string[]> {
  const outcome = await world.reimage(args, pod('nginx'));
  assert.deepEqual([outcome.stdout, outcome.code, world.writes], ['', 1, 0], outcome.stderr);
  return errorsOf(outcome);
}

/** Mappings written and read as files. */
export const MAPPING_FILE_CASES: readonly Case[] = [
  {
    name: 'mapping file: the bytes of the Go program, for its owner only',
    run: async (world) => {
      const [one, two] = [imageOf(1), imageOf(2)];
      await world.put('app', 'v1', one);
      await world.put('app', 'V0', two);
      await world.file('m.json', 'something older');
      const args = ['-write-mappings-file=m.json', ...BY_TAG, world.name('r')];
      const outcome = await world.reimage(args, pod(world.name('app:v1'), world.name('app:V0')));
      assert.equal(outcome.code, 0, outcome.stderr);
      const entry = (tag: string, { root }: BuiltImage): string =>
        `"${world.name(`app:${tag}`)}":{"tag":"${world.name(`r/app:${tag}`)}","digest":"${root.digest}"}`;
      assert.equal(await world.read('m.json'), `{${entry('V0', two)},${entry('v1', one)}}`);
      assert.equal((await stat(join(world.folder, 'm.json'))).mode & 0o777, 0o600);
    },
  },
  {
    name: 'mapping file: of no image it is an empty object',
    run: async (world) => {
      const outcome = await world.reimage(['-write-json-mappings-file', 'm.json'], 'kind: Nothing\n');
      assert.equal(outcome.code, 0, outcome.stderr);
      assert.equal(await world.read('m.json'), '{}');
    },
  },
  {
    name: 'mapping file: written, then read, gives the same again without asking for the sources',
    run: async (world) => {
      const image = imageOf(1);
      await world.put('app', 'v1', image);
      const input = pod(world.name('app:v1'));
      const written = await world.reimage(
        ['-write-json-mappings-file', 'm.json', '-remote-path', world.name('imported')],
        input,
      );
      await world.put('app', 'v1', imageOf(2));
      world.resetCounts();
      const read = await world.reimage(['-static-json-mappings-file', 'm.json', '-remote-path', 'x'], input);
      assert.deepEqual([read.stdout, read.code], [written.stdout, 0], read.stderr);
      assert.deepEqual(world.counts, { 'HEAD manifest': 1 }, 'only the target is checked');
      const forced = await world.reimage(
        [
          '-static-mappings-file',
          'm.json',
          '-rename-force-digest',
          '-verify-static-json-mappings=false',
          '-no-copy',
        ],
        input,
      );
      const target = world.imported('app', image).replace(/:[^:/]*$/, '');
      assert.equal(forced.stdout, pod(`${target}@${image.root.digest}`), forced.stderr);
      assert.deepEqual(world.counts, { 'HEAD manifest': 1 }, 'nothing more was asked');
    },
  },
  {
    name: "mapping file: the Go program's, its keys in any case, is understood, and nginx finds its long name",
    run: async (world) => {
      const image = imageOf(1);
      await world.put('r/nginx', 'x', image);
      const target = world.name('r/nginx:x');
      const text = goMapping({
        'docker.io/library/nginx:latest': [target, image],
        'never/used': [world.name('gone:x'), image],
      });
      await world.file('m.json', text.replace('"tag"', '"Tag"').replace('"digest"', '"DIGEST"'));
      const outcome = await world.reimage(
        ['-static-json-mappings-file', 'm.json', '-write-json-mappings-file', 'out.json'],
        pod('nginx', 'docker.io/nginx', 'docker.io/library/nginx:latest'),
      );
      assert.equal(outcome.stdout, pod(target, target, target), outcome.stderr);
      assert.deepEqual(Object.keys(JSON.parse(await world.read('out.json'))), [
        'docker.io/library/nginx:latest',
        'docker.io/nginx',
        'nginx',
      ]);
      assert.deepEqual(world.counts, { 'HEAD manifest': 1 });
    },
  },
  {
    name: 'mapping file: images that kept their names are checked where they are, and never pushed',
    run: async (world) => {
      const [image, later] = [imageOf(1), imageOf(2)];
      await world.put('hub/library/nginx', 'latest', image);
      const conf = ['-registries-conf', await world.hubMirror()];
      await world.file('m.json', goMapping({ nginx: ['nginx', image] }));
      const args = [...conf, '-static-json-mappings-file', 'm.json'];
      const outcome = await world.reimage([...args, '-rename-force-digest'], pod('nginx'));
      assert.equal(outcome.stdout, pod(`index.docker.io/library/nginx@${image.root.digest}`), outcome.stderr);
      await world.put('hub/library/nginx', 'latest', later);
      assert.deepEqual(await refusedMapping(world, args), [
        `<stdin>:8:12 (document 1): image "nginx": the mapping is out of date: nginx was ${image.root.digest} and is now ${later.root.digest}`,
      ]);
      const unverified = await world.reimage([...args, '-verify-static-json-mappings=0'], pod('nginx'));
      assert.deepEqual([unverified.stdout, unverified.code], [pod('nginx'), 0], unverified.stderr);
      await world.file('m.json', goMapping({ nginx: ['nginx', image], gone: ['gone', image] }));
      const gone = await world.reimage(args, pod('gone'));
      assert.deepEqual([gone.stdout, gone.code, world.writes], ['', 1, 0]);
    },
  },
  {
    name: 'mapping: a target that moved is refused, and one that is gone is made again by digest',
    run: async (world) => {
      const [image, other] = [multiPlatform(1), imageOf(2)];
      await world.put('app', 'v1', image);
      await world.put('r/app', 'v1', other);
      await world.file('m.json', goMapping({ [world.name('app:v1')]: [world.name('r/app:v1'), image] }));
      const args = ['-static-json-mappings-file', 'm.json'];
      const input = pod(world.name('app:v1'));
      for (const extra of [[], ['-clobber'], ['-no-copy']]) {
        const outcome = await world.reimage([...args, ...extra], input);
        assert.deepEqual(errorsOf(outcome), [
          `<stdin>:8:12 (document 1): image "${world.name('app:v1')}": the mapping is out of date: ${world.name('r/app:v1')} was ${image.root.digest} and is now ${other.root.digest}`,
        ]);
        assert.deepEqual([outcome.stdout, outcome.code, world.writes], ['', 1, 0]);
      }
      await world.put('app', 'v1', other);
      await world.file('m.json', goMapping({ [world.name('app:v1')]: [world.name('fresh/app:v1'), image] }));
      const copied = await world.reimage(args, input);
      assert.equal(copied.stdout, pod(world.name('fresh/app:v1')), copied.stderr);
      await assertHolds(world, 'fresh/app', 'v1', image);
    },
  },
  {
    name: 'mapping: an image that it does not have is refused',
    run: async (world) => {
      await world.file('m.json', goMapping({ other: ['other', imageOf(1)] }));
      assert.deepEqual(await refusedMapping(world, ['-static-json-mappings-file', 'm.json']), [
        '<stdin>:8:12 (document 1): image "nginx": the static mapping does not have it; -allow-missing lets it keep its name',
      ]);
      assert.equal(world.requestTotal, 0);
    },
  },
  {
    name: 'mapping: -allow-missing lets an image that it does not have keep its name, as -rename-ignore would',
    run: async (world) => {
      const [mapped, own] = [imageOf(1), imageOf(2)];
      await world.put('r/app', 'x', mapped);
      await world.put('own', 'v1', own);
      await world.file('m.json', goMapping({ 'app:v1': [world.name('r/app:x'), mapped] }));
      await using scanner = await startScanner(({ image }) =>
        trivyReport(...(image.includes('own') ? [scored('CVE-1', 9)] : [])),
      );
      const written = world.name('own:v1');
      const args = ['-static-json-mappings-file', 'm.json', '-allow-missing'];
      const gate = ['-vulncheck-command', scanner.command, '-vulncheck-max-cvss'];
      const input = pod('app:v1', written, written);

      const passed = await world.reimage([...args, ...gate, '9', '-write-mappings-file', 'out.json'], input);
      assert.equal(passed.stdout, pod(world.name('r/app:x'), written, written), passed.stderr);
      assert.deepEqual(
        logLines(passed.stderr).filter((line) => line.startsWith('level=WARN')),
        [`level=WARN msg="the static mapping does not have an image, which keeps its name" image=${written}`],
      );
      assert.deepEqual(scanner.calls.map(({ image }) => image).toSorted(), [
        `${world.name('own')}@${own.root.digest}`,
        `${world.name('r/app')}@${mapped.root.digest}`,
      ]);
      const { [written]: recorded, ...others } = JSON.parse(await world.read('out.json'));
      assert.deepEqual([recorded.tag, recorded.digest], [written, own.root.digest]);
      assert.deepEqual(Object.keys(others), ['app:v1']);

      const forced = await world.reimage([...args, '-rename-force-digest'], pod(written));
      assert.equal(forced.stdout, pod(`${world.name('own')}@${own.root.digest}`), forced.stderr);
      const rejected = await world.reimage([...args, ...gate, '8.9'], input);
      assert.deepEqual([rejected.stdout, rejected.code], ['', 3], rejected.stderr);
      const gone = world.name('gone:v1');
      assert.deepEqual(errorsOf(await world.reimage(args, pod(gone))), [
        `<stdin>:8:12 (document 1): image "${gone}": ${world.name('gone')}: cannot look up tag "v1": 404 Not Found: there is no such image`,
      ]);
      assert.equal(world.writes, 0);
    },
  },
  {
    name: 'mapping: -allow-missing with a lock that is renamed renames only what the lock has',
    run: async (world) => {
      const [locked, own] = [imageOf(1), imageOf(2)];
      await world.put('staging', 'x', locked);
      await world.put('own', 'v1', own);
      const overrides = [{ image: 'app:v1', newImage: `${world.name('staging')}@${locked.root.digest}` }];
      const lock = { apiVersion: 'kbld.k14s.io/v1alpha1', kind: 'Config', overrides };
      await world.file('lock.json', JSON.stringify(lock));
      const args = [
        '-static-json-mappings-file',
        'lock.json',
        '-allow-missing',
        '-remote-path',
        world.name('r'),
      ];
      const outcome = await world.reimage(args, pod('app:v1', world.name('own:v1')));
      const target = world.imported('staging', locked, 'r');
      assert.equal(outcome.stdout, pod(target, world.name('own:v1')), outcome.stderr);
    },
  },
  {
    name: 'mapping file: what cannot be read is refused in words',
    run: async (world) => {
      const digest = imageOf(1).root.digest;
      const table: readonly (readonly [string, RegExp])[] = [
        ['no', /^m\.json:1:1: it is neither a JSON mapping nor a lock file of kbld or imgpkg$/],
        [
          `{"nginx":{"tag":"X","digest":"${digest}"}}`,
          /^m\.json: image "nginx": image reference "X": repository "X" has an upper-case letter$/,
        ],
      ];
      for (const [text, expected] of table) {
        await world.file('m.json', text);
        const [message = '', ...others] = await refusedMapping(world, ['-static-mappings-file', 'm.json']);
        assert.match(message, expected);
        assert.deepEqual(others, []);
      }
      assert.deepEqual(await refusedMapping(world, ['-static-mappings-file', 'none.json']), [
        'cannot read none.json: there is no such file or folder',
      ]);
    },
  },
  {
    name: '-mappings-only fills an empty registry from a mapping, less what is ignored',
    run: async (world) => {
      const images = [multiPlatform(1), imageOf(2), imageOf(3)];
      for (const [index, image] of images.entries()) await world.put(`app${index}`, 'v1', image);
      const entries = images.map((image, index) => [
        world.name(`app${index}:v1`),
        [world.name(`r/app${index}:x`), image] as const,
      ]);
      await world.file('m.json', goMapping(Object.fromEntries(entries)));
      const args = ['-mappings-only', '-static-mappings-file', 'm.json', '-ignore', 'app2'];
      const outcome = await world.reimage([...args, '-write-mappings-file', 'out.json'], 'not: [read');
      assert.deepEqual([outcome.stdout, outcome.code], ['', 0], outcome.stderr);
      await assertHolds(world, 'r/app0', 'x', multiPlatform(1));
      await assertHolds(world, 'r/app1', 'x', imageOf(2));
      assert.equal(await world.tags('r/app2'), undefined);
      const written = Object.keys(JSON.parse(await world.read('out.json')));
      assert.deepEqual(written, [world.name('app0:v1'), world.name('app1:v1')]);
    },
  },
];
