import assert from 'node:assert/strict';
import { startScanner, trivyReport } from '../support/scanner.ts';
import { type Case, imageOf, multiPlatform, pod } from './cases.ts';
import { errorsOf } from './command.ts';
import { assertCopied, assertNotCopied, gated, mappingOf, scored } from './gate-world.ts';

/** What the gate does with a scanner that is a command. */
export const GATE_CASES: readonly Case[] = [
  {
    name: 'gate: without a limit nothing is scanned, and flags without effect are told',
    run: async (world) => {
      const image = imageOf(1);
      await world.put('app', 'v1', image);
      await using scanner = await startScanner();
      const outcome = await world.reimage(
        gated(world, scanner.command, '-vulncheck-workers', '0', '-vulncheck-ignore-cve-list', 'CVE-1'),
        pod(world.name('app:v1')),
      );
      assert.equal(outcome.stdout, pod(world.imported('app', image)), outcome.stderr);
      assert.equal(scanner.calls.length, 0);
      assert.match(
        outcome.stderr,
        /level=WARN msg="nothing is scanned without -vulncheck-max-cvss or -vulncheck-max-risk: -vulncheck-command, -vulncheck-workers, -vulncheck-ignore-cve-list has no effect"/,
      );
      const mapping = await mappingOf(world);
      assert.equal(mapping?.[world.name('app:v1')]?.vulncheckResult, undefined);
    },
  },
  {
    name: 'gate: what is rejected is not copied, nothing is printed or mapped, and all rejections are told at once',
    run: async (world) => {
      const images = [imageOf(1), imageOf(2), imageOf(3)];
      const [good = imageOf(1), bad = imageOf(2), worse = imageOf(3)] = images;
      for (const [index, image] of images.entries()) await world.put(`app${index}`, 'v1', image);
      const many = Array.from({ length: 7 }, (_, index) => scored(`CVE-${index}`, 9 + index / 10));
      await using scanner = await startScanner(({ digest }) => {
        if (digest === bad.root.digest) return trivyReport(scored('CVE-8', 8));
        return digest === worse.root.digest ? trivyReport(...many) : trivyReport();
      });
      const names = images.map((_, index) => world.name(`app${index}:v1`));
      const outcome = await world.reimage(
        gated(world, scanner.command, '-vulncheck-max-cvss', '7', '-vulncheck-report-output', 'r.json'),
        pod(...names),
      );
      assert.deepEqual([outcome.stdout, outcome.code], ['', 3], outcome.stderr);
      assert.deepEqual(errorsOf(outcome), [
        `<stdin>:10:12 (document 1): image "${names[1]}": rejected by the gate: CVE-8 (CVSS 8 is above 7)`,
        `<stdin>:12:12 (document 1): image "${names[2]}": rejected by the gate: ${[6, 5, 4, 3, 2].map((n) => `CVE-${n} (CVSS ${9 + n / 10} is above 7)`).join(', ')}, and 2 more`,
      ]);
      await assertCopied(world, 'app0', good);
      await assertNotCopied(world, 'app1', bad);
      await assertNotCopied(world, 'app2', worse);
      assert.equal(await mappingOf(world), undefined);
      const report = JSON.parse(await world.read('r.json'));
      assert.equal(report.verdict, 'rejected');
      assert.deepEqual(
        report.images.map(({ status }: { status: string }) => status),
        ['accepted', 'rejected', 'rejected'],
      );
    },
  },
  {
    name: 'gate: a scanner that fails, prints rubbish or another report, or is missing fails the run in its words',
    run: async (world) => {
      const image = imageOf(1);
      await world.put('app', 'v1', image);
      const outputs = [
        { stderr: 'FATAL\tunable to pull --password=hunter2\n', exitCode: 2 },
        { stdout: 'no such thing' },
        { stdout: '{"hello":1}' },
        { stdout: '' },
      ];
      let next = 0;
      await using scanner = await startScanner(() => outputs[next++] ?? {});
      const words = [
        /failed with exit code 2: FATAL unable to pull --password=…$/,
        /cannot be used: it is not JSON, or not all of it: it begins with "no such thing"$/,
        /cannot be used: it is JSON, but not that of trivy or grype/,
        /printed no report$/,
        /^<stdin>:8:12 \(document 1\): image "[^"]+": \S+@sha256:\w+: no-such-scanner is not on PATH: install it, or name the scanner to run with -vulncheck-command$/,
      ];
      for (const [index, expected] of words.entries()) {
        const command = index === outputs.length ? 'no-such-scanner' : scanner.command;
        const outcome = await world.reimage(
          gated(world, command, '-vulncheck-max-cvss', '7'),
          pod(world.name('app:v1')),
        );
        assert.deepEqual([outcome.stdout, outcome.code], ['', 1], outcome.stderr);
        assert.equal(errorsOf(outcome).length, 1, outcome.stderr);
        assert.match(errorsOf(outcome)[0] ?? '', expected);
        assert.equal(outcome.stderr.includes('hunter2'), false);
      }
      assert.equal(await mappingOf(world), undefined);
      await assertNotCopied(world, 'app', image);
    },
  },
  {
    name: 'gate: a failed scan beside a rejection is a failure',
    run: async (world) => {
      const [bad, broken] = [imageOf(1), imageOf(2)];
      await world.put('bad', 'v1', bad);
      await world.put('broken', 'v1', broken);
      await using scanner = await startScanner(({ digest }) =>
        digest === bad.root.digest ? trivyReport(scored('CVE-1', 9)) : { exitCode: 1 },
      );
      const outcome = await world.reimage(
        gated(world, scanner.command, '-vulncheck-max-cvss', '7'),
        pod(world.name('bad:v1'), world.name('broken:v1')),
      );
      assert.deepEqual([outcome.stdout, outcome.code, errorsOf(outcome).length], ['', 1, 2], outcome.stderr);
    },
  },
  {
    name: 'gate: forty images on four workers, never more scanners at a time, each digest once',
    run: async (world) => {
      const images = Array.from({ length: 40 }, (_, index) => imageOf(100 + index));
      await Promise.all(images.map(async (image, index) => await world.put(`app${index}`, 'v1', image)));
      await world.put('app0', 'v2', imageOf(100));
      let waiting: (() => void)[] = [];
      let seen = 0;
      await using scanner = await startScanner(async () => {
        seen += 1;
        // Four at a time wait for one another: with fewer workers none would end.
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          if (seen % 4 !== 0) return;
          for (const go of waiting) go();
          waiting = [];
        });
        return trivyReport();
      });
      const names = images.map((_, index) => world.name(`app${index}:v1`));
      const outcome = await world.reimage(
        ['-vulncheck-command', scanner.command, '-vulncheck-max-cvss', '7', '-vulncheck-workers', '4'],
        pod(...names, world.name('app0:v2'), ...names),
      );
      assert.equal(outcome.code, 0, outcome.stderr);
      assert.equal(scanner.maxAtOnce, 4);
      assert.deepEqual(scanner.digests, images.map(({ root }) => root.digest).toSorted());
    },
  },
  {
    name: 'gate: -vulncheck-platforms scans the platforms that are wanted, each by its digest, and never attestations',
    run: async (world) => {
      const image = multiPlatform(1);
      await world.put('app', 'v1', image);
      const index: { manifests: { digest: string; platform: { architecture: string } }[] } = JSON.parse(
        Buffer.from(image.root.bytes).toString(),
      );
      const digestOf = (wanted: string): string =>
        index.manifests.find(({ platform }) => platform.architecture === wanted)?.digest ?? '';
      const [amd64, arm64] = [digestOf('amd64'), digestOf('arm64')];
      await using scanner = await startScanner(({ digest }) =>
        trivyReport(...(digest === arm64 ? [scored('CVE-arm', 9)] : [])),
      );
      const run = (...more: string[]) =>
        world.reimage(
          ['-vulncheck-command', scanner.command, '-vulncheck-max-cvss', '7', ...more],
          pod(world.name('app:v1')),
        );
      const scannedBy = async (code: number, ...more: string[]): Promise<readonly string[]> => {
        scanner.calls.length = 0;
        const outcome = await run(...more);
        assert.equal(outcome.code, code, outcome.stderr);
        return scanner.digests;
      };
      assert.deepEqual(await scannedBy(0), [image.root.digest]);
      assert.deepEqual(await scannedBy(0, '-vulncheck-platforms', 'linux/amd64'), [amd64]);
      const both = [amd64, arm64].toSorted();
      assert.deepEqual(await scannedBy(3, '-vulncheck-platforms', 'linux/amd64,linux/arm64'), both);
      assert.deepEqual(await scannedBy(3, '-vulncheck-platforms', 'all'), both);
      const none = await run('-vulncheck-platforms', 'linux/s390x');
      assert.equal(none.code, 1);
      assert.match(
        errorsOf(none)[0] ?? '',
        /the index has none of -vulncheck-platforms linux\/s390x, only linux\/amd64, linux\/arm64$/,
      );
    },
  },
  {
    name: 'gate: a dry run scans the source and writes nowhere but the report',
    run: async (world) => {
      const image = imageOf(1);
      await world.put('app', 'v1', image);
      await using scanner = await startScanner(() => trivyReport(scored('CVE-1', 9)));
      for (const [limit, code, verdict] of [
        ['10', 0, 'accepted'],
        ['7', 3, 'rejected'],
      ] as const) {
        const outcome = await world.reimage(
          gated(
            world,
            scanner.command,
            '-dryrun',
            `-vulncheck-max-cvss=${limit}`,
            '-vulncheck-report-output=r.json',
          ),
          pod(world.name('app:v1')),
        );
        assert.equal(outcome.code, code, outcome.stderr);
        assert.equal(outcome.stdout, code === 0 ? pod(world.imported('app', image)) : '');
        assert.equal(JSON.parse(await world.read('r.json')).verdict, verdict);
        assert.equal(scanner.calls.at(-1)?.image, `${world.name('app')}@${image.root.digest}`);
      }
      assert.equal(world.writes, 0);
      assert.equal(await mappingOf(world), undefined);
    },
  },
  {
    name: 'gate: -trivy-command and -vulncheck-method exec: arguments with spaces and quotes arrive as they are',
    run: async (world) => {
      await world.put('app', 'v1', imageOf(1));
      await using scanner = await startScanner();
      const command = `${scanner.command} image  -f json --a "two words" --b 'say "hi"' c\\ d --e="" '$HOME;*'`;
      const outcome = await world.reimage(
        ['-trivy-command', command, '-vulncheck-method=exec', '-vulncheck-max-cvss=7'],
        pod(world.name('app:v1')),
      );
      assert.equal(outcome.code, 0, outcome.stderr);
      assert.deepEqual(scanner.calls[0]?.args, [
        'image',
        '-f',
        'json',
        '--a',
        'two words',
        '--b',
        'say "hi"',
        'c d',
        '--e=',
        '$HOME;*',
        `${world.name('app')}@${imageOf(1).root.digest}`,
      ]);
    },
  },
  {
    name: 'gate: -mappings-only scans every image of the mapping, and rejects none in part',
    run: async (world) => {
      const [good, bad] = [imageOf(1), imageOf(2)];
      await world.put('good', 'v1', good);
      await world.put('bad', 'v1', bad);
      const entry = (path: string, image: typeof good): object => ({
        tag: world.imported(path, image),
        digest: image.root.digest,
      });
      const mapping = {
        [world.name('good:v1')]: entry('good', good),
        [world.name('bad:v1')]: entry('bad', bad),
      };
      const file = await world.file('static.json', JSON.stringify(mapping));
      await using scanner = await startScanner(({ digest }) =>
        trivyReport(...(digest === bad.root.digest ? [scored('CVE-1', 9)] : [])),
      );
      const run = (limit: string) =>
        world.reimage([
          '-mappings-only',
          '-static-mappings-file',
          file,
          '-vulncheck-command',
          scanner.command,
          '-vulncheck-max-cvss',
          limit,
          '-write-mappings-file=m.json',
        ]);
      const rejected = await run('7');
      assert.deepEqual([rejected.stdout, rejected.code], ['', 3], rejected.stderr);
      await assertCopied(world, 'good', good);
      await assertNotCopied(world, 'bad', bad);
      assert.equal(await mappingOf(world), undefined);
      const accepted = await run('9');
      assert.deepEqual([accepted.stdout, accepted.code], ['', 0], accepted.stderr);
      await assertCopied(world, 'bad', bad);
      assert.match(await world.read('m.json'), /"Accepted":\[\{"ID":"CVE-1","CVSS":9,/);
    },
  },
];
