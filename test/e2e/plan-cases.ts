import assert from 'node:assert/strict';
import { type Case, imageOf, pod } from './cases.ts';
import { logLines } from './command.ts';

/** The place of a container's image in `pod`, as a plan gives it. */
function place(index: number): object {
  return {
    file: '<stdin>',
    document: 1,
    line: 8 + 2 * index,
    column: 12,
    path: `spec.containers[${index}].image`,
    object: { apiVersion: 'v1', kind: 'Pod', name: 'pod', namespace: '' },
  };
}

/** Runs that only say what they would do. */
export const PLAN_CASES: readonly Case[] = [
  {
    name: '-plan prints the plan as JSON and does nothing',
    run: async (world) => {
      const [there, missing] = [imageOf(1), imageOf(2)];
      await world.put('a', 'v1', there);
      await world.put('b', 'v1', missing);
      const [a, b] = [world.imported('a', there), world.imported('b', missing)];
      await world.put(world.pathOf(a), there.root.digest.slice(7), there);
      const args = [
        '-plan',
        '-remote-path',
        world.name('imported'),
        '-ignore',
        '^skip',
        '-write-mappings-file',
        'm',
      ];
      const input = pod(world.name('a:v1'), world.name('b:v1'), 'skip/me', world.name('b:v1'));
      const outcome = await world.reimage(args, input);
      assert.equal(outcome.code, 0, outcome.stderr);
      const planned = (name: string, target: string, action: string, ...at: number[]): object => ({
        image: world.name(`${name}:v1`),
        source: world.name(`${name}:v1`),
        digest: (name === 'a' ? there : missing).root.digest,
        action,
        target,
        printed: target,
        places: at.map(place),
      });
      assert.deepEqual(JSON.parse(outcome.stdout), {
        images: [
          planned('a', a, 'present', 0),
          planned('b', b, 'copy', 1, 3),
          { image: 'skip/me', action: 'ignore', printed: 'skip/me', places: [place(2)] },
        ],
      });
      assert.equal(world.writes, 0);
      assert.equal(await world.read('m').catch(() => 'none'), 'none');
    },
  },
  {
    name: '-dryrun prints what would be, and writes nowhere',
    run: async (world) => {
      const image = imageOf(1);
      await world.put('app', 'v1', image);
      const args = ['-remote-path', world.name('imported'), '-write-json-mappings-file', 'm.json'];
      const outcome = await world.reimage(
        [...args, '-write-json-mappings-img', world.name('map:1'), '-dryrun'],
        pod(world.name('app:v1')),
      );
      const target = world.imported('app', image);
      assert.deepEqual([outcome.stdout, outcome.code], [pod(target), 0], outcome.stderr);
      assert.deepEqual(logLines(outcome.stderr), [
        `level=INFO msg="dry run: not copied" image=${world.name('app:v1')} target=${target} digest=${image.root.digest}`,
        `level=INFO msg="dry run: mapping not written" place=${world.name('map:1')}`,
        'level=INFO msg="dry run: mapping not written" place=m.json',
        'level=INFO msg=done images=1 ignored=0 changed=1 copied=0 present=0 bytes=0 blobsSent=0 blobsMounted=0 requests=2',
      ]);
      assert.equal(world.writes, 0);
      assert.equal(await world.read('m.json').catch(() => 'none'), 'none');
    },
  },
];
