import assert from 'node:assert/strict';
import { assertHolds, type Case, imageOf, multiPlatform, pod } from './cases.ts';
import { logLines } from './command.ts';

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** The way from manifests to manifests, when all is well. */
export const PIPELINE_CASES: readonly Case[] = [
  {
    name: 'one image: resolved, copied, renamed, printed',
    run: async (world) => {
      const image = multiPlatform(1);
      await world.put('app', 'v1', image);
      const outcome = await world.reimage(
        ['-rename-remote-path', world.name('imported')],
        pod(world.name('app:v1')),
      );
      const target = world.imported('app', image);
      assert.equal(outcome.stdout, pod(target));
      assert.equal(outcome.code, 0);
      assert.deepEqual(logLines(outcome.stderr).slice(0, 1), [
        `level=INFO msg=copied image=${world.name('app:v1')} target=${target} digest=${image.root.digest}`,
      ]);
      await assertHolds(world, world.pathOf(target), image.root.digest.slice(7), image);
      assert.deepEqual(await world.tags(world.pathOf(target)), [image.root.digest.slice(7)]);
    },
  },
  {
    name: 'without renaming every image is checked, and printed as it was',
    run: async (world) => {
      await world.put('app', 'v1', imageOf(1));
      const input = pod(world.name('app:v1'), world.name('app:v1'));
      const outcome = await world.reimage([], input);
      assert.deepEqual([outcome.stdout, outcome.code], [input, 0]);
      assert.deepEqual(world.counts, { 'HEAD manifest': 1 });
    },
  },
  {
    name: 'names of Docker Hub: two spellings are one image, looked up once',
    run: async (world) => {
      const image = imageOf(1);
      await world.put('hub/library/nginx', 'latest', image);
      const outcome = await world.reimage(
        ['-registries-conf', await world.hubMirror(), '-no-referrers', '-remote-path', world.name('r')],
        pod('nginx', 'docker.io/library/nginx:latest', 'index.docker.io/nginx'),
      );
      const target = `${world.name('r')}/index.docker.io/library/nginx:${image.root.digest.slice(7)}`;
      assert.equal(outcome.stdout, pod(target, target, target), outcome.stderr);
      assert.equal(world.counts['HEAD manifest'], 2, 'one of the source, one of the target');
    },
  },
  {
    name: 'a mirror serves a registry that cannot be reached',
    run: async (world) => {
      const image = multiPlatform(1);
      await world.put('mirror/app', 'v1', image);
      const conf = await world.file(
        'registries.conf',
        `[[registry]]\nlocation = "registry.invalid"\n[[registry.mirror]]\nlocation = ${JSON.stringify(world.name('mirror'))}\ninsecure = true\n`,
      );
      const outcome = await world.reimage(
        ['-registries-conf', conf, '-remote-path', world.name('r')],
        pod('registry.invalid/app:v1'),
      );
      const target = `${world.name('r')}/registry.invalid/app:${image.root.digest.slice(7)}`;
      assert.equal(outcome.stdout, pod(target), outcome.stderr);
      await assertHolds(world, world.pathOf(target), image.root.digest.slice(7), image);
    },
  },
  {
    name: 'forced digests, renamed or not, and tags kept beside them',
    run: async (world) => {
      const image = imageOf(1);
      const { digest } = image.root;
      await world.put('app', 'v1', image);
      await world.put('hub/library/nginx', 'latest', image);
      const conf = ['-registries-conf', await world.hubMirror()];
      const written = [world.name('app:v1'), 'nginx', `${world.name('app')}@${digest}`];
      const app = world.name('app');
      const hub = 'index.docker.io/library/nginx';
      const remote = ['-rename-remote-path', world.name('r'), '-rename-template'];
      const tagged = [...remote, '{{ .RemotePath }}/{{ .Repository }}:{{ or .Tag "none" }}'];
      const renamed = (path: string): string => `${world.name('r')}/${path}`;
      const own = app.slice(world.host.length + 1);
      const table: readonly (readonly [readonly string[], readonly string[]])[] = [
        [['-rename-force-digest'], [`${app}@${digest}`, `${hub}@${digest}`, `${app}@${digest}`]],
        [['-keep-tag'], [`${app}:v1@${digest}`, `${hub}:latest@${digest}`, `${app}@${digest}`]],
        [
          [...tagged, '-rename-force-digest'],
          [own, 'library/nginx', own].map((path) => `${renamed(path)}@${digest}`),
        ],
        [
          [...tagged, '-keep-tag'],
          [`${own}:v1`, 'library/nginx:latest', `${own}:none`].map((path) => `${renamed(path)}@${digest}`),
        ],
      ];
      for (const [args, images] of table) {
        const outcome = await world.reimage([...conf, ...args], pod(...written));
        assert.deepEqual([outcome.stdout, outcome.code], [pod(...images), 0], outcome.stderr);
      }
    },
  },
  {
    name: 'a digest beside a tag decides, whatever the tag holds',
    run: async (world) => {
      const [old, current] = [imageOf(1), imageOf(2)];
      await world.put('app', 'v1', old);
      await world.put('app', 'v1', current);
      const written = `${world.name('app:v1')}@${old.root.digest}`;
      const template = '{{ .RemotePath }}/x:{{ .Tag }}-{{ .DigestAlgo }}-{{ slice .DigestHex 0 8 }}';
      const args = ['-rename-remote-path', world.name('r'), '-rename-template', template];
      const outcome = await world.reimage(args, pod(written));
      const tag = `v1-sha256-${old.root.digest.slice(7, 15)}`;
      assert.equal(outcome.stdout, pod(`${world.name('r/x')}:${tag}`), outcome.stderr);
      assert.equal((await world.held('r/x', tag))?.digest, old.root.digest);
    },
  },
  {
    name: 'the seven variables of the template',
    run: async (world) => {
      const image = imageOf(1);
      await world.put('team/app', 'v1', image);
      const { digest } = image.root;
      const template =
        '{{ .RemotePath }}/{{ .Registry }}/{{ .Repository }}/{{ .DigestAlgo }}:{{ .Tag }}-{{ len .Digest }}-{{ .DigestHex }}';
      const outcome = await world.reimage(
        ['-rename-remote-path', world.name('r'), '-rename-template', template, '-plan'],
        pod(world.name('team/app:v1')),
      );
      const { images } = JSON.parse(outcome.stdout);
      const path = world.name('team/app').slice(world.host.length + 1);
      assert.match(digest, DIGEST);
      assert.equal(
        images[0].target,
        `${world.name('r')}/${world.pathSafeHost}/${path}/sha256:v1-71-${digest.slice(7)}`,
      );
    },
  },
  {
    name: '-ignore passes over what it matches as written, even what is no name',
    run: async (world) => {
      await world.put('app', 'v1', imageOf(1));
      const images = [world.name('app:v1'), '"{{ later }}"', 'internal.example/NOT/a:name'];
      const outcome = await world.reimage(
        ['-ignore', '^internal\\.|later', '-rename-force-digest', '-write-json-mappings-file', 'm.json'],
        pod(...images),
      );
      const pinned = `${world.name('app')}@${imageOf(1).root.digest}`;
      assert.equal(outcome.stdout, pod(pinned, ...images.slice(1)), outcome.stderr);
      assert.deepEqual(Object.keys(JSON.parse(await world.read('m.json'))), [world.name('app:v1')]);
      assert.deepEqual(world.counts, { 'HEAD manifest': 1 });
    },
  },
  {
    name: '-rename-ignore keeps the name, but records and pins',
    run: async (world) => {
      const image = imageOf(1);
      await world.put('own', 'v1', image);
      const written = world.name('own:v1');
      const args = ['-rename-ignore', 'own:v1$', '-rename-remote-path', world.name('r')];
      const plain = await world.reimage([...args, '-write-json-mappings-file', 'm.json'], pod(written));
      assert.equal(plain.stdout, pod(written), plain.stderr);
      const recorded = { [written]: { tag: written, digest: image.root.digest } };
      assert.deepEqual(JSON.parse(await world.read('m.json')), recorded);
      const forced = await world.reimage([...args, '-rename-force-digest'], pod(written));
      assert.equal(forced.stdout, pod(`${world.name('own')}@${image.root.digest}`), forced.stderr);
      assert.equal(await world.tags('r/own'), undefined);
    },
  },
  {
    name: 'each regexp sees the text as written, not another spelling of it',
    run: async (world) => {
      const image = imageOf(1);
      await world.put('hub/library/nginx', 'latest', image);
      const input = pod('nginx', 'docker.io/library/nginx');
      const conf = ['-registries-conf', await world.hubMirror(), '-no-referrers'];
      const ignored = await world.reimage([...conf, '-ignore', 'library/', '-rename-force-digest'], input);
      const pinned = `index.docker.io/library/nginx@${image.root.digest}`;
      assert.equal(ignored.stdout, pod(pinned, 'docker.io/library/nginx'), ignored.stderr);
      const args = ['-rename-ignore', 'library/', '-remote-path', world.name('r')];
      const kept = await world.reimage([...conf, ...args], input);
      const target = `${world.name('r')}/index.docker.io/library/nginx:${image.root.digest.slice(7)}`;
      assert.equal(kept.stdout, pod(target, 'docker.io/library/nginx'), kept.stderr);
    },
  },
  {
    name: 'two sources of one digest may share a target',
    run: async (world) => {
      const image = imageOf(1);
      await world.put('a', 'v1', image);
      await world.put('b', 'v1', image);
      const args = [
        '-remote-path',
        world.name('r'),
        '-rename-template',
        '{{ .RemotePath }}/x:{{ .DigestHex }}',
      ];
      const outcome = await world.reimage(args, pod(world.name('a:v1'), world.name('b:v1')));
      const target = `${world.name('r/x')}:${image.root.digest.slice(7)}`;
      assert.equal(outcome.stdout, pod(target, target), outcome.stderr);
    },
  },
  {
    name: '-clobber overwrites a tag that holds something else',
    run: async (world) => {
      const [old, current] = [imageOf(1), imageOf(2)];
      await world.put('app', 'v1', current);
      await world.put('r/app', 'v1', old);
      const args = ['-remote-path', world.name('r'), '-rename-template', '{{ .RemotePath }}/app:{{ .Tag }}'];
      const outcome = await world.reimage([...args, '-clobber'], pod(world.name('app:v1')));
      assert.equal(outcome.stdout, pod(world.name('r/app:v1')), outcome.stderr);
      assert.equal((await world.held('r/app', 'v1'))?.digest, current.root.digest);
    },
  },
];
