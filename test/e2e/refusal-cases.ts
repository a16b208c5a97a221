import assert from 'node:assert/strict';
import { digestOf } from '../../src/oci/index.ts';
import type { Outcome } from '../support/processes.ts';
import { type Case, imageOf, pod } from './cases.ts';
import { errorsOf, logLines } from './command.ts';

/** Nothing was printed, and the log says why in these words. */
function assertRefused(outcome: Outcome, messages: readonly string[]): void {
  assert.deepEqual(errorsOf(outcome), messages, outcome.stderr);
  assert.deepEqual([outcome.stdout, outcome.code], ['', 1]);
}

const BY_TAG = ['-rename-template', '{{ .RemotePath }}/app:{{ .Tag }}', '-rename-remote-path'];

/** Runs that must fail; none of them may print or write anything. */
export const REFUSAL_CASES: readonly Case[] = [
  {
    name: 'refused: YAML that cannot be read, in the third document',
    run: async (world) => {
      await world.put('app', 'v1', imageOf(1));
      const input = `${pod(world.name('app:v1'))}---\nkind: Fine\n---\na: [b\n`;
      const outcome = await world.reimage(['-remote-path', world.name('r')], input);
      assert.equal(errorsOf(outcome).length, 1);
      assert.match(errorsOf(outcome)[0] ?? '', /^<stdin>:\d+:\d+ \(document 3\): /);
      assert.deepEqual([outcome.stdout, outcome.code, world.writes], ['', 1, 0]);
    },
  },
  {
    name: 'refused: one image of several is not there, and nothing is copied',
    run: async (world) => {
      await world.put('app', 'v1', imageOf(1));
      const input = pod(world.name('app:v1'), world.name('app:v2'), world.name('app:v1'));
      const args = ['-remote-path', world.name('r'), '-write-json-mappings-file', 'm.json'];
      const outcome = await world.reimage(args, input);
      assertRefused(outcome, [
        `<stdin>:10:12 (document 1): image "${world.name('app:v2')}": ${world.name('app')}: cannot look up tag "v2": 404 Not Found: there is no such image`,
      ]);
      assert.equal(world.writes, 0);
      await assert.rejects(world.read('m.json'), { code: 'ENOENT' });
    },
  },
  {
    name: 'refused: all failures at once, in the order of the input',
    run: async (world) => {
      const image = imageOf(1);
      await world.put('app', 'v1', image);
      await world.put('app', 'v2', imageOf(2));
      await world.put('r/app', 'v2', image);
      const first = `${pod(world.name('gone:v1'), 'Not/A:name', world.name('app:v2'))}---\n${pod('[not, text]')}`;
      await world.file('a.yaml', first);
      await world.file('b.yaml', '"unclosed\n');
      await world.file('c.yaml', pod(world.name('gone:v1'), world.name('gone:v2')));
      const args = ['-f', 'a.yaml', '-f', 'b.yaml', '-f', 'c.yaml', ...BY_TAG, world.name('r')];
      const outcome = await world.reimage(args);
      assertRefused(outcome, [
        `a.yaml:8:12 (document 1) and 1 more place: image "${world.name('gone:v1')}": ${world.name('gone')}: cannot look up tag "v1": 404 Not Found: there is no such image`,
        'a.yaml:10:12 (document 1): image reference "Not/A:name": repository "A" has an upper-case letter',
        `a.yaml:12:12 (document 1): image "${world.name('app:v2')}": the target ${world.name('r/app:v2')} exists with another digest: ${image.root.digest}, not ${imageOf(2).root.digest}; -clobber would overwrite it`,
        'a.yaml:21:12 (document 2): spec.containers[0].image is a sequence, not a string',
        'b.yaml:2:1 (document 1): unexpected end of the stream within a double quoted scalar',
        `c.yaml:10:12 (document 1): image "${world.name('gone:v2')}": ${world.name('gone')}: cannot look up tag "v2": 404 Not Found: there is no such image`,
      ]);
      assert.equal(world.writes, 0);
    },
  },
  {
    name: 'refused: two digests that would be one target',
    run: async (world) => {
      const [one, two] = [imageOf(1), imageOf(2)];
      await world.put('a', 'v1', one);
      await world.put('b', 'v1', two);
      const outcome = await world.reimage(
        [...BY_TAG, world.name('r'), '-clobber'],
        pod(world.name('a:v1'), world.name('b:v1')),
      );
      assertRefused(outcome, [
        `<stdin>:10:12 (document 1): image "${world.name('b:v1')}": its target ${world.name('r/app:v1')} is also that of "${world.name('a:v1')}", which is ${one.root.digest} and not ${two.root.digest}`,
      ]);
      assert.equal(world.writes, 0);
    },
  },
  {
    name: 'refused: a target that holds another digest, and nothing else is copied either',
    run: async (world) => {
      const [one, two] = [imageOf(1), imageOf(2)];
      await world.put('a', 'v1', one);
      await world.put('b', 'v2', two);
      await world.put('r/app', 'v2', one);
      const args = [...BY_TAG, world.name('r')];
      const outcome = await world.reimage(args, pod(world.name('a:v1'), world.name('b:v2')));
      assertRefused(outcome, [
        `<stdin>:10:12 (document 1): image "${world.name('b:v2')}": the target ${world.name('r/app:v2')} exists with another digest: ${one.root.digest}, not ${two.root.digest}; -clobber would overwrite it`,
      ]);
      assert.equal(world.writes, 0);
      assert.deepEqual(await world.tags('r/app'), ['v2']);
    },
  },
  {
    name: 'refused: -no-copy with a target that is not there, with -dryrun too',
    run: async (world) => {
      const image = imageOf(1);
      await world.put('app', 'v1', image);
      for (const extra of [[], ['-dryrun']]) {
        const args = ['-no-copy', '-remote-path', world.name('imported'), ...extra];
        const outcome = await world.reimage(args, pod(world.name('app:v1')));
        assertRefused(outcome, [
          `<stdin>:8:12 (document 1): image "${world.name('app:v1')}": the target ${world.imported('app', image)} does not exist or cannot be read, and -no-copy forbids to make it`,
        ]);
      }
      assert.equal(world.writes, 0);
    },
  },
  {
    name: 'refused: -no-copy and -clobber with a target that holds something else',
    run: async (world) => {
      await world.put('app', 'v1', imageOf(1));
      await world.put('r/app', 'v1', imageOf(2));
      const args = [...BY_TAG, world.name('r'), '-no-copy', '-clobber'];
      const outcome = await world.reimage(args, pod(world.name('app:v1')));
      assertRefused(outcome, [
        `<stdin>:8:12 (document 1): image "${world.name('app:v1')}": the target ${world.name('r/app:v1')} exists with another digest: ${imageOf(2).root.digest}, not ${imageOf(1).root.digest}`,
      ]);
    },
  },
  {
    name: 'refused: a template that gives no name, another digest, or needs what is not there',
    run: async (world) => {
      await world.put('app', 'v1', imageOf(1));
      const written = world.name('app:v1');
      const other = digestOf('other');
      const table: readonly (readonly [string, string])[] = [
        [
          '{{ .RemotePath }}/{{ .Tag }}/UPPER',
          `the template gave no image name: image reference "${world.name('r')}/v1/UPPER": "UPPER" in repository "${world.name('r').slice(world.host.length + 1)}/v1/UPPER" has an upper-case letter`,
        ],
        [
          `{{ .RemotePath }}@${other}`,
          `the template gave ${world.name('r')}@${other}, which is another digest than ${imageOf(1).root.digest}`,
        ],
        [
          '{{ .RemotePath }}/{{ .Nope }}',
          'template: rename-template:1:21: executing "rename-template" at <.Nope>: can\'t evaluate field Nope in type data',
        ],
      ];
      for (const [template, reason] of table) {
        const args = ['-remote-path', world.name('r'), '-rename-template', template];
        const outcome = await world.reimage(args, pod(written));
        assertRefused(outcome, [`<stdin>:8:12 (document 1): image "${written}": ${reason}`]);
      }
      assert.equal(world.writes, 0);
    },
  },
  {
    name: 'refused: -fail-on-unmatched with an image that no rule finds, until the rule that it prints is there',
    run: async (world) => {
      const image = imageOf(1);
      await world.put('app', 'v1', image);
      const db = `apiVersion: db.example/v1\nkind: Db\nmetadata: {name: main}\nspec: {image: ${world.name('app:v1')}}\n`;
      const input = `${pod(world.name('app:v1'))}---\n${db}`;
      const args = ['-remote-path', world.name('imported')];
      const refused = await world.reimage([...args, '-fail-on-unmatched'], input);
      const rule = "- {kind: '^Db$', apiVersion: '^db[.]example/v1$', imageJSONP: ['$.spec.image']}";
      assertRefused(refused, [
        `<stdin>:13:15 (document 2): spec.image of Db main looks like the image ${world.name('app:v1')}, and no rule finds it; -ignore passes it over, and this line in the file of -rules-config finds it: ${rule}`,
      ]);
      assert.equal(world.writes, 0);
      assert.ok(refused.stderr.includes(rule), 'it can be copied as it is');

      const warned = await world.reimage(args, input);
      const target = world.imported('app', image);
      assert.equal(warned.stdout, `${pod(target)}---\n${db}`, warned.stderr);
      const warnings = logLines(warned.stderr).filter((line) => line.startsWith('level=WARN'));
      assert.deepEqual(warnings, [
        'level=WARN msg="1 object of kind Db (db.example/v1) may have images that no rule finds: spec.image; -rules-config can name them, -fail-on-unmatched makes this a failure"',
      ]);

      const rules = ['-fail-on-unmatched', '-rules-config', await world.file('rules.yaml', rule)];
      const found = await world.reimage([...args, ...rules], input);
      const renamed = input.replaceAll(world.name('app:v1'), target);
      assert.deepEqual([found.stdout, found.code], [renamed, 0], found.stderr);
    },
  },
  {
    name: 'refused: rules that cannot be used',
    run: async (world) => {
      await world.put('app', 'v1', imageOf(1));
      const table: readonly (readonly [string, RegExp])[] = [
        ["- kind: '('\n  imageJSONP: ['$.a']\n", /^rules\.yaml:1:\d+: .*kind/],
        ["- kind: X\n  imageJSONP: ['$.a[']\n", /^rules\.yaml:2:\d+: /],
      ];
      for (const [rules, expected] of table) {
        const args = ['-rules-config', await world.file('rules.yaml', rules)];
        const outcome = await world.reimage(args, pod(world.name('app:v1')));
        assert.match(errorsOf(outcome).join('\n'), expected);
        assert.deepEqual([outcome.stdout, outcome.code], ['', 1]);
      }
      assert.equal(world.requestTotal, 0);
    },
  },
  {
    name: 'refused: a registry that registries.conf blocks, and a registries.conf that is not there',
    run: async (world) => {
      await world.file('conf', '[[registry]]\nlocation = "blocked.invalid"\nblocked = true\n');
      const blocked = await world.reimage(['-registries-conf', 'conf'], pod('blocked.invalid/app'));
      assertRefused(blocked, [
        '<stdin>:8:12 (document 1): image "blocked.invalid/app": blocked.invalid/app: blocked by the registry "blocked.invalid" in conf',
      ]);
      const missing = await world.reimage(['-registries-conf', 'none'], pod('blocked.invalid/app'));
      assertRefused(missing, ['none does not exist']);
    },
  },
  {
    name: 'refused: a mapping file that cannot be written, after the copies',
    run: async (world) => {
      const image = imageOf(1);
      await world.put('app', 'v1', image);
      const args = [
        '-write-json-mappings-file',
        'no/such/folder.json',
        '-remote-path',
        world.name('imported'),
      ];
      const outcome = await world.reimage(args, pod(world.name('app:v1')));
      assertRefused(outcome, [
        'cannot write the mapping: cannot write no/such/folder.json: there is no such file or folder',
      ]);
      const target = world.imported('app', image);
      assert.equal((await world.held(world.pathOf(target), image.root.digest))?.digest, image.root.digest);
    },
  },
  {
    name: 'refused: input that is not there, all of it named',
    run: async (world) => {
      const outcome = await world.reimage(['-f', 'none.yaml', '-f', '.', '-f', '-', '-f', '-']);
      assertRefused(outcome, [
        'cannot read none.yaml: there is no such file or folder',
        'there is no .yaml, .yml or .json file in .',
        'standard input can be read only once',
      ]);
    },
  },
];
