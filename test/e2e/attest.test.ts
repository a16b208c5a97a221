import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { before, describe, type TestContext, test } from 'node:test';
import { startRegistry } from '../../src/testing/index.ts';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import type { Outcome } from '../support/processes.ts';
import { startScanner, trivyReport } from '../support/scanner.ts';
import { findTool, requireTool } from '../support/tools.ts';
import {
  ATTESTOR,
  type GoogleWorld,
  type GoogleWorldOptions,
  KEY,
  OTHER_KEY,
  startGoogle,
} from './attest-google.ts';
import { imageOf, multiPlatform, pod } from './cases.ts';
import { errorsOf, logLines } from './command.ts';
import { scored } from './gate-world.ts';
import { openWorld, type World } from './world.ts';

const [APP, OTHER] = [multiPlatform(1), imageOf(2)];

let certificates: Certificates | undefined;
before(async () => {
  const openssl = await findTool('openssl');
  if (openssl !== undefined) certificates = await makeCertificates(openssl);
});

/** Two images, `app:v1` and `other:v1`, and an attestor. */
interface Attesting {
  readonly world: World;
  readonly google: GoogleWorld;
  /** Renames and attests both images; what is printed is in `printed`. */
  readonly run: (...more: string[]) => Promise<Outcome>;
  readonly printed: string;
  /** The targets as attestations name them. */
  readonly targets: readonly [app: string, other: string];
}

async function withAttestor(
  t: TestContext,
  body: (attesting: Attesting) => Promise<void>,
  options: GoogleWorldOptions = {},
): Promise<void> {
  if (certificates === undefined) {
    await requireTool(t, 'openssl');
    return;
  }
  await using registry = await startRegistry();
  await using world = await openWorld(registry, 'attest');
  await using google = await startGoogle(certificates, options);
  await world.put('app', 'v1', APP);
  await world.put('other', 'v1', OTHER);
  const [app, other] = [world.imported('app', APP), world.imported('other', OTHER)];
  const pinned = (target: string, { root }: typeof APP): string =>
    `${target.replace(/:[^:/]*$/, '')}@${root.digest}`;
  const run = async (...more: string[]): Promise<Outcome> =>
    await world.reimage(
      [
        '-binauthz-attestor',
        ATTESTOR,
        '-remote-path',
        world.name('imported'),
        '-write-mappings-file=m.json',
        ...more,
      ],
      pod(world.name('app:v1'), world.name('other:v1'), world.name('app:v1')),
      google.env,
    );
  const targets = [pinned(app, APP), pinned(other, OTHER)] as const;
  await body({ world, google, run, printed: pod(app, other, app), targets });
}

function payloadOf(target: string): string {
  const [repository = '', digest = ''] = target.split('@');
  return `{
  "critical": {
    "identity": {
      "docker-reference": "${repository}"
    },
    "image": {
      "docker-manifest-digest": "${digest}"
    },
    "type": "Google cloud binauthz container signature"
  }
}
`;
}

function attestedIn({ google }: Attesting): readonly string[] {
  return google.attestations.map(({ image }) => image).toSorted();
}

async function assertRefused({ world, google }: Attesting, outcome: Outcome, words: RegExp): Promise<void> {
  assert.deepEqual([outcome.stdout, outcome.code], ['', 1], outcome.stderr);
  assert.match(errorsOf(outcome).join('\n'), words);
  assert.equal(await world.read('m.json').catch(() => 'none'), 'none');
  assert.deepEqual(google.attestations, []);
}

describe('attestations of Binary Authorization', { concurrency: 3 }, () => {
  test('are made once for each image, in the form that Binary Authorization verifies, and are there the next time', async (t) => {
    await withAttestor(t, async (attesting) => {
      const { google, run, printed, targets } = attesting;
      const first = await run();
      assert.deepEqual([first.stdout, first.code], [printed, 0], first.stderr);
      assert.deepEqual(attestedIn(attesting), targets.toSorted());
      for (const { image, payload, keyId, signature } of google.attestations) {
        assert.equal(payload, payloadOf(image));
        assert.equal(keyId, `//cloudkms.googleapis.com/v1/${KEY}`);
        const pem = google.publicKey(KEY);
        assert.ok(verify('sha256', Buffer.from(payload), pem, signature), image);
      }
      assert.match(first.stderr, /level=INFO msg=done .* attested=2 /);
      const signatures = google.kms.signatures;
      const second = await run();
      assert.deepEqual([second.stdout, second.code], [printed, 0], second.stderr);
      assert.equal(logLines(second.stderr).filter((line) => line.includes('"attested already"')).length, 2);
      assert.deepEqual([google.kms.signatures, google.attestations.length], [signatures, 2]);
    });
  });

  test('are made of images that keep their name, and not of ignored ones', async (t) => {
    await withAttestor(t, async (attesting) => {
      const { world, run } = attesting;
      const outcome = await run('-rename-ignore=/app:', '-ignore=/other:');
      assert.equal(outcome.stdout, pod(...['app', 'other', 'app'].map((name) => world.name(`${name}:v1`))));
      assert.deepEqual(attestedIn(attesting), [`${world.name('app')}@${APP.root.digest}`]);
    });
  });

  test('need the gate where there is one: what it skips is not attested, and what it rejects leaves none', async (t) => {
    await withAttestor(t, async (attesting) => {
      const { run, printed, targets, google } = attesting;
      let cvss = 9;
      await using scanner = await startScanner(() => trivyReport(scored('CVE-1', cvss)));
      const gate = ['-vulncheck-command', scanner.command, '-vulncheck-max-cvss=7'];
      const rejected = await run(...gate, '-vulncheck-ignore-cve-list=/app@=CVE-1');
      assert.deepEqual([rejected.stdout, rejected.code], ['', 3], rejected.stderr);
      assert.deepEqual([attestedIn(attesting), google.kms.signatures], [[], 0]);
      cvss = 5;
      const accepted = await run(...gate, '-vulncheck-ignore-images=/app@');
      assert.deepEqual([accepted.stdout, accepted.code], [printed, 0], accepted.stderr);
      assert.deepEqual(attestedIn(attesting), [targets[1]]);
      assert.match(
        accepted.stderr,
        /level=WARN msg="\S+\/app@sha256:\w+ is not attested: the gate did not look at it"/,
      );
    });
  });

  test('are not touched by a dry run', async (t) => {
    await withAttestor(t, async (attesting) => {
      const { google, run, printed, world } = attesting;
      const outcome = await run('-dryrun');
      assert.deepEqual([outcome.stdout, outcome.code], [printed, 0], outcome.stderr);
      assert.deepEqual([google.apis.calls, world.writes], [[], 0]);
    });
  });

  test('are signed with the key that is asked for, by the name that the attestor has for it', async (t) => {
    await withAttestor(t, async (attesting) => {
      const { google, run } = attesting;
      const outcome = await run('-gcp-kms-key', OTHER_KEY);
      assert.equal(outcome.code, 0, outcome.stderr);
      const ids = new Set(google.attestations.map(({ keyId }) => keyId));
      assert.deepEqual([...ids], [`//cloudkms.googleapis.com/v1/${OTHER_KEY}`]);
      const stranger = KEY.replace('/k/', '/stranger/');
      google.kms.add(stranger);
      const refused = await run('-gcp-kms-key', stranger);
      assert.deepEqual([refused.stdout, refused.code], ['', 1], refused.stderr);
    });
  });

  test('that cannot be made stop the run before anything is copied', async (t) => {
    await withAttestor(t, async (attesting) => {
      const { google, run, world } = attesting;
      google.kms.setState(KEY, 'DISABLED');
      google.kms.setState(OTHER_KEY, 'DESTROYED');
      await assertRefused(attesting, await run(), /attestor projects\/p\/attestors\/a: .*DISABLED/s);
      google.authorization.deny('get');
      await assertRefused(attesting, await run(), /'binaryauthorization\.attestors\.get' denied/);
      assert.equal(world.writes, 0);
    });
  });

  test('that are refused fail the run with the image, the step and the role: nothing printed, no mapping', async (t) => {
    await withAttestor(t, async (attesting) => {
      attesting.google.kms.deny('useToSign');
      const outcome = await attesting.run();
      await assertRefused(
        attesting,
        outcome,
        /image "\S+\/app:v1": .*cloudkms\.cryptoKeyVersions\.useToSign/,
      );
      assert.equal(errorsOf(outcome).length, 2, outcome.stderr);
    });
    await withAttestor(
      t,
      async (attesting) => {
        const outcome = await attesting.run();
        await assertRefused(
          attesting,
          outcome,
          /cannot be stored in projects\/p \(it takes roles\/containeranalysis\.occurrences\.editor/,
        );
      },
      { denied: ['containeranalysis.occurrences.create'] },
    );
  });

  test('wait where a quota is used up or a server is busy', async (t) => {
    await withAttestor(t, async ({ google, run, printed }) => {
      google.apis.fault({
        instead: {
          status: 429,
          headers: { 'retry-after': '0' },
          body: { error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'Quota exceeded' } },
        },
        times: 2,
      });
      const outcome = await run();
      assert.deepEqual([outcome.stdout, outcome.code], [printed, 0], outcome.stderr);
      assert.equal(google.attestations.length, 2);
    });
  });

  test('of the mapping of an image: the staging example of the documentation, word for word', async (t) => {
    await withAttestor(t, async (attesting) => {
      const { world, google, run, targets } = attesting;
      const image = world.name('imported/reimage-mapping:1234');
      const made = await run('-write-mappings-img', image);
      assert.equal(made.code, 0, made.stderr);
      google.authorization.add('projects/my-registry/attestors/cleared-staging', {
        note: 'projects/p/notes/n',
        keys: [{ id: `//cloudkms.googleapis.com/v1/${OTHER_KEY}`, pem: google.publicKey(OTHER_KEY) }],
      });
      google.analysis.occurrences.length = 0;
      world.resetCounts();
      const outcome = await world.reimage(
        [
          '-mappings-only',
          '-static-mappings-img',
          image,
          '-grafeas-parent',
          'projects/my-registry',
          '-binauthz-attestor',
          'projects/my-registry/attestors/cleared-staging',
        ],
        '',
        google.env,
      );
      assert.deepEqual([outcome.stdout, outcome.code], ['', 0], outcome.stderr);
      assert.deepEqual(attestedIn(attesting), targets.toSorted());
      assert.equal(world.writes, 0);
      const parents = google.apis.calls.filter((call) => call.includes('projects/my-registry/occurrences'));
      assert.equal(parents.length, 4, 'each is looked for and stored in the parent');
    });
  });

  test('nothing that is written down holds a secret', async (t) => {
    await withAttestor(t, async ({ google, run, world }) => {
      await using scanner = await startScanner(() => trivyReport(scored('CVE-1', 5)));
      const gate = ['-vulncheck-command', scanner.command, '-vulncheck-max-cvss=7'];
      const more = ['-debug', '-log-file=log', '-vulncheck-report-output=r.json'];
      const good = await run(...gate, ...more);
      assert.equal(good.code, 0, good.stderr);
      google.apis.endTokens();
      google.kms.deny('useToSign');
      google.analysis.occurrences.length = 0;
      const bad = await run(...gate, ...more);
      assert.equal(bad.code, 1);
      const files = await Promise.all(['log', 'r.json', 'm.json'].map((name) => world.read(name)));
      for (const text of [good.stderr, bad.stderr, good.stdout, ...files]) {
        assert.ok(text.length > 0);
        for (const secret of google.secrets) assert.equal(text.includes(secret), false, secret);
      }
    });
  });
});
