import assert from 'node:assert/strict';
import { grypeReport, startScanner, trivyReport } from '../support/scanner.ts';
import { type Case, imageOf, pod } from './cases.ts';
import { errorsOf, logLines } from './command.ts';
import { assertCopied, assertNotCopied, gated, mappingOf, scored } from './gate-world.ts';

/** A finding as the mapping has it. */
function mapped(ID: string, CVSS: number): object {
  return { ID, CVSS, Risk: 0, Desc: '' };
}

/** What the gate rejects, and what excuses it. */
export const GATE_POLICY_CASES: readonly Case[] = [
  {
    name: 'gate: a score at the limit is accepted and one above is not, both as the mapping prints them',
    run: async (world) => {
      const image = imageOf(1);
      await world.put('app', 'v1', image);
      await using scanner = await startScanner(() => trivyReport(scored('CVE-2', 9.8), { id: 'CVE-1' }));
      const input = pod(world.name('app:v1'));
      const run = (limit: string, ...more: string[]) =>
        world.reimage(gated(world, scanner.command, '-vulncheck-max-cvss', limit, ...more), input);

      const above = await run('9.7');
      assert.deepEqual([above.stdout, above.code], ['', 3], above.stderr);
      assert.deepEqual(errorsOf(above), [
        `<stdin>:8:12 (document 1): image "${world.name('app:v1')}": rejected by the gate: CVE-2 (CVSS 9.8 is above 9.7)`,
      ]);
      assert.equal(await mappingOf(world), undefined);
      await assertNotCopied(world, 'app', image);

      const unscored = await run('9.8', '-vulncheck-unscored-cvss=9.9');
      assert.equal(unscored.code, 3, unscored.stderr);
      assert.match(errorsOf(unscored).join(), /rejected by the gate: CVE-1 \(.*9\.9 .*above 9\.8.*\)$/);

      const at = await run('9.8');
      assert.deepEqual([at.stdout, at.code], [pod(world.imported('app', image)), 0], at.stderr);
      assert.deepEqual((await mappingOf(world))?.[world.name('app:v1')]?.vulncheckResult, {
        Ignored: null,
        Accepted: [mapped('CVE-1', 5), mapped('CVE-2', 9.8)],
        Rejected: null,
      });
      await assertCopied(world, 'app', image);
      const source = { digest: image.root.digest, image: `${world.name('app')}@${image.root.digest}` };
      const target = world.imported('app', image).replace(/:[^:/]*$/, '');
      assert.deepEqual(
        scanner.calls.map(({ image: scanned }) => scanned),
        [source.image, source.image, source.image],
      );
      await run('9.8');
      assert.equal(
        scanner.calls.at(-1)?.image,
        `${target}@${image.root.digest}`,
        'the copy is scanned where it is',
      );
    },
  },
  {
    name: 'gate: 11 scans and accepts all, and writes down what it accepted',
    run: async (world) => {
      await world.put('app', 'v1', imageOf(1));
      await using scanner = await startScanner(() => trivyReport(scored('CVE-1', 10)));
      const outcome = await world.reimage(
        gated(world, scanner.command, '-vulncheck-max-cvss', '11'),
        pod(world.name('app:v1')),
      );
      assert.equal(outcome.code, 0, outcome.stderr);
      assert.match(await world.read('m.json'), /"Accepted":\[\{"ID":"CVE-1","CVSS":10,/);
      assert.equal(scanner.calls.length, 1);
    },
  },
  {
    name: 'gate: the ignore list excuses for all images or for some, and says what it was not good for',
    run: async (world) => {
      const [a, b] = [imageOf(1), imageOf(2)];
      await world.put('a', 'v1', a);
      await world.put('b', 'v1', b);
      await using scanner = await startScanner(() =>
        trivyReport(scored('CVE-1', 9), scored('CVE-2', 8), scored('CVE-3', 2)),
      );
      const run = (...lists: string[]) =>
        world.reimage(
          gated(
            world,
            scanner.command,
            '-vulncheck-max-cvss=7',
            ...lists.flatMap((list) => ['-vulncheck-ignore-cve-list', list]),
          ),
          pod(world.name('a:v1'), world.name('b:v1')),
        );
      const some = await run('CVE-1 , CVE-9', '/a@sha256:=CVE-2,CVE-3');
      assert.deepEqual([some.stdout, some.code], ['', 3], some.stderr);
      assert.deepEqual(errorsOf(some), [
        `<stdin>:10:12 (document 1): image "${world.name('b:v1')}": rejected by the gate: CVE-2 (CVSS 8 is above 7)`,
      ]);
      const all = await run('CVE-1,CVE-9', '/[ab]@sha256:[0-9a-f]{64}$=CVE-2,CVE-3');
      assert.equal(all.code, 0, all.stderr);
      assert.deepEqual(
        logLines(all.stderr).filter((line) => line.startsWith('level=WARN')),
        [
          'level=WARN msg="-vulncheck-ignore-cve-list: ignoring CVE-3 is of no use: found, but never above a limit"',
          'level=WARN msg="-vulncheck-ignore-cve-list: ignoring CVE-9 is of no use: not found in any image"',
        ],
      );
      const mapping = await world.read('m.json');
      assert.match(mapping, /"Ignored":\[\{"ID":"CVE-1","CVSS":9,.*"ID":"CVE-2","CVSS":8,/);
    },
  },
  {
    name: 'gate: an ignore file excuses with a reason, until the day that it names',
    run: async (world) => {
      await world.put('app', 'v1', imageOf(1));
      await using scanner = await startScanner(() => trivyReport(scored('CVE-1', 9)));
      const run = async (expires: string) => {
        const entry = `- id: CVE-1\n  reason: not reachable\n  expires: ${expires}\n`;
        const file = await world.file('ignore.yaml', entry);
        return await world.reimage(
          gated(
            world,
            scanner.command,
            '-vulncheck-max-cvss=7',
            '-vulncheck-ignore-file',
            file,
            '-vulncheck-report-output=r.json',
          ),
          pod(world.name('app:v1')),
        );
      };
      const good = await run('2999-12-31');
      assert.equal(good.code, 0, good.stderr);
      assert.match(await world.read('r.json'), /"reason": "ignored by ignore\.yaml:1: not reachable"/);
      world.resetCounts();
      const scans = scanner.calls.length;
      const expired = await run('2024-02-29');
      assert.deepEqual([expired.stdout, expired.code], ['', 1]);
      assert.deepEqual(errorsOf(expired), [
        'ignore.yaml:3:12: CVE-1 expired on 2024-02-29: give it a new date if it still holds, or take it out',
      ]);
      assert.deepEqual([world.requestTotal, scanner.calls.length], [0, scans], 'nothing is begun');
    },
  },
  {
    name: 'gate: fixable only, and a VEX document of the image',
    run: async (world) => {
      const image = imageOf(1);
      await world.put('app', 'v1', image);
      await using scanner = await startScanner(() =>
        trivyReport({ id: 'CVE-1', cvss: 9, fixedIn: '' }, { id: 'CVE-2', cvss: 9 }),
      );
      const run = async (...more: string[]): Promise<readonly [number, string]> => {
        const outcome = await world.reimage(
          ['-vulncheck-command', scanner.command, '-vulncheck-max-cvss=7', ...more],
          pod(world.name('app:v1')),
        );
        return [
          outcome.code,
          errorsOf(outcome)
            .join()
            .replace(/.*rejected by the gate: /, ''),
        ];
      };
      assert.deepEqual(await run('-vulncheck-fixable-only'), [3, 'CVE-2 (CVSS 9 is above 7)']);
      const vex = {
        '@context': 'https://openvex.dev/ns/v0.2.0',
        '@id': 'https://example.com/vex/1',
        author: 'Security',
        timestamp: '2026-01-01T00:00:00Z',
        version: 1,
        statements: [
          {
            vulnerability: { name: 'CVE-2' },
            products: [{ '@id': `pkg:oci/app@${encodeURIComponent(image.root.digest)}` }],
            status: 'not_affected',
            justification: 'vulnerable_code_not_in_execute_path',
          },
        ],
      };
      const file = await world.file('vex.json', JSON.stringify(vex));
      assert.deepEqual(await run('-vulncheck-vex', file), [3, 'CVE-1 (CVSS 9 is above 7)']);
      assert.deepEqual(await run('-vulncheck-vex', file, '-vulncheck-fixable-only'), [0, '']);
    },
  },
  {
    name: 'gate: -ignore is not scanned, -rename-ignore is scanned where it is, -vulncheck-ignore-images is copied unseen',
    run: async (world) => {
      const images = [imageOf(1), imageOf(2), imageOf(3)];
      for (const [index, image] of images.entries()) await world.put(`app${index}`, 'v1', image);
      const [, kept = imageOf(2), unseen = imageOf(3)] = images;
      await using scanner = await startScanner(() => trivyReport(scored('CVE-1', 5)));
      const outcome = await world.reimage(
        gated(
          world,
          scanner.command,
          '-vulncheck-max-cvss=7',
          '-ignore=/app0:',
          '-rename-ignore=/app1:',
          '-vulncheck-ignore-images=/imported/.*/app2@sha256:',
        ),
        pod(...images.map((_, index) => world.name(`app${index}:v1`))),
      );
      assert.equal(
        outcome.stdout,
        pod(world.name('app0:v1'), world.name('app1:v1'), world.imported('app2', unseen)),
        outcome.stderr,
      );
      assert.deepEqual(
        scanner.calls.map(({ image }) => image),
        [`${world.name('app1')}@${kept.root.digest}`],
      );
      await assertCopied(world, 'app2', unseen);
      const mapping = await mappingOf(world);
      assert.deepEqual(Object.keys(mapping ?? {}), [world.name('app1:v1'), world.name('app2:v1')]);
      assert.equal(mapping?.[world.name('app2:v1')]?.vulncheckResult, undefined);
    },
  },
  {
    name: 'gate: risks of grype have a limit of their own, and trivy, which has none, is refused with it',
    run: async (world) => {
      await world.put('app', 'v1', imageOf(1));
      const finding = { id: 'CVE-1', cvss: 9.9, risk: 12.5 };
      let report = grypeReport(finding);
      await using scanner = await startScanner(() => report);
      const run = async (...limits: string[]): Promise<readonly [number, string]> => {
        const outcome = await world.reimage(
          gated(world, scanner.command, ...limits),
          pod(world.name('app:v1')),
        );
        return [
          outcome.code,
          errorsOf(outcome)
            .join()
            .replace(/.*(?:rejected by the gate|cannot be used): /, ''),
        ];
      };
      assert.deepEqual(await run('-vulncheck-max-risk=12.5'), [0, '']);
      assert.match(await world.read('m.json'), /"CVSS":9\.9,"Risk":12\.5,/);
      assert.deepEqual(await run('-vulncheck-max-risk=12.4'), [3, 'CVE-1 (risk 12.5 is above 12.4)']);
      assert.deepEqual(await run('-vulncheck-max-cvss=9.8'), [3, 'CVE-1 (CVSS 9.9 is above 9.8)']);
      report = trivyReport(finding);
      assert.deepEqual(await run('-vulncheck-max-risk=50'), [
        1,
        'trivy has no risks, so -vulncheck-max-risk cannot apply: scan with grype',
      ]);
      assert.deepEqual(await run('-vulncheck-max-cvss=10', '-vulncheck-format=grype-json'), [
        1,
        'it is trivy-json, but -vulncheck-format is grype-json',
      ]);
    },
  },
];
