import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { before, describe, type TestContext, test } from 'node:test';
import { startRegistry } from '../../src/testing/index.ts';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import type { Outcome } from '../support/processes.ts';
import { startScanner } from '../support/scanner.ts';
import { findTool, requireTool } from '../support/tools.ts';
import { type GoogleWorld, type GoogleWorldOptions, startGoogle } from './attest-google.ts';
import { imageOf, pod } from './cases.ts';
import { errorsOf } from './command.ts';
import { openWorld, type World } from './world.ts';

const IMAGE = imageOf(1);

let certificates: Certificates | undefined;
before(async () => {
  const openssl = await findTool('openssl');
  if (openssl !== undefined) certificates = await makeCertificates(openssl);
});

/** An image that is to be copied, and Google, which scans what was pushed. */
interface Grafeas {
  readonly world: World;
  readonly google: GoogleWorld;
  /** The target as Google calls it. */
  readonly resource: string;
  readonly run: (...more: string[]) => Promise<Outcome>;
}

async function withGrafeas(
  t: TestContext,
  body: (grafeas: Grafeas) => Promise<void>,
  options: GoogleWorldOptions = {},
): Promise<void> {
  if (certificates === undefined) {
    await requireTool(t, 'openssl');
    return;
  }
  await using registry = await startRegistry();
  await using world = await openWorld(registry, 'grafeas');
  await using google = await startGoogle(certificates, options);
  await world.put('app', 'v1', IMAGE);
  const resource = `${world.imported('app', IMAGE).replace(/:[^:/]*$/, '')}@${IMAGE.root.digest}`;
  const run = async (...more: string[]): Promise<Outcome> =>
    await world.reimage(
      [
        '-vulncheck-method=grafeas',
        '-grafeas-parent=projects/p',
        '-vulncheck-max-cvss=7',
        '-remote-path',
        world.name('imported'),
        '-write-mappings-file=m.json',
        ...more,
      ],
      pod(world.name('app:v1')),
      google.env,
    );
  await body({ world, google, resource, run });
}

async function assertFailed({ world }: Grafeas, outcome: Outcome, words: RegExp, code = 1): Promise<void> {
  assert.deepEqual([outcome.stdout, outcome.code], ['', code], outcome.stderr);
  assert.match(errorsOf(outcome).join('\n'), words);
  assert.equal(await world.read('m.json').catch(() => 'none'), 'none');
}

describe('a gate of Container Analysis', { concurrency: 3 }, () => {
  test('copies first, waits until the scan is done, and judges what it found', async (t) => {
    let lists = 0;
    const grafeas: { on?: Grafeas } = {};
    const beforeCall: GoogleWorldOptions['before'] = async ({ url }) => {
      if (!(url.searchParams.get('filter') ?? '').includes('DISCOVERY') || !grafeas.on) return;
      const { world, google, resource } = grafeas.on;
      const target = world.pathOf(world.imported('app', IMAGE));
      assert.ok(await world.held(target, IMAGE.root.digest), 'it is asked for before it is pushed');
      lists += 1;
      if (lists === 1) google.discovered(resource, { analysisStatus: 'SCANNING' });
      if (lists === 2) google.discovered(resource, { analysisStatus: 'FINISHED_SUCCESS' });
    };
    await withGrafeas(
      t,
      async (on) => {
        grafeas.on = on;
        on.google.found(on.resource, 'CVE-1', 6.5);
        const accepted = await on.run('-vulncheck-timeout=1m');
        assert.equal(accepted.code, 0, accepted.stderr);
        assert.equal(lists, 2);
        assert.match(await on.world.read('m.json'), /"Accepted":\[\{"ID":"CVE-1","CVSS":6\.5,/);
        on.google.found(on.resource, 'CVE-2', 9.1);
        const rejected = await on.run();
        assert.deepEqual([rejected.stdout, rejected.code], ['', 3], rejected.stderr);
        assert.match(errorsOf(rejected).join(), /rejected by the gate: CVE-2 \(CVSS 9\.1 is above 7\)$/);
      },
      { before: beforeCall },
    );
  });

  test('of an image that Google cannot scan is a failure, unless that is allowed', async (t) => {
    await withGrafeas(t, async (grafeas) => {
      const { google, resource, run } = grafeas;
      google.discovered(resource, { analysisStatus: 'FINISHED_UNSUPPORTED' });
      await assertFailed(grafeas, await run(), /Container Analysis cannot scan it \(FINISHED_UNSUPPORTED\)$/);
      const allowed = await run('-vulncheck-allow-unsupported');
      assert.equal(allowed.code, 0, allowed.stderr);
    });
  });

  test('whose scan failed fails at once, in the words of Google', async (t) => {
    await withGrafeas(t, async (grafeas) => {
      const { google, resource, run } = grafeas;
      google.discovered(resource, {
        analysisStatus: 'FINISHED_FAILED',
        analysisStatusError: { code: 3, message: 'the layers are too large' },
      });
      await assertFailed(
        grafeas,
        await run(),
        /Container Analysis failed to scan it: .*the layers are too large$/,
      );
      assert.equal(google.steps.filter((step) => step === 'GET containeranalysis occurrences').length, 1);
    });
  });

  test('that comes to no end says how far it was: by time, and by tries', async (t) => {
    await withGrafeas(t, async (grafeas) => {
      const { google, resource, run } = grafeas;
      await assertFailed(
        grafeas,
        await run('-vulncheck-max-retries=0'),
        /did not finish within the 0 retries of -vulncheck-max-retries \(last seen: no DISCOVERY occurrence in projects\/p; is it the registry's project, with containerscanning\.googleapis\.com enabled\?\)$/,
      );
      google.discovered(resource, { analysisStatus: 'PENDING' });
      await assertFailed(
        grafeas,
        await run('-vulncheck-timeout=300ms'),
        /did not finish within -vulncheck-timeout \(last seen: PENDING\)/,
      );
    });
  });

  test('whose occurrences may not be read names the image and the refusal', async (t) => {
    await withGrafeas(
      t,
      async (grafeas) => {
        await assertFailed(
          grafeas,
          await grafeas.run(),
          /image "\S+\/app:v1": \S+@sha256:\w+: containeranalysis\.googleapis\.com: .*containeranalysis\.occurrences\.list/,
        );
      },
      { denied: ['containeranalysis.occurrences.list'] },
    );
  });

  test('does not wait in a dry run for what is not copied', async (t) => {
    await withGrafeas(t, async ({ google, run, world }) => {
      const outcome = await run('-dryrun');
      assert.equal(outcome.code, 0, outcome.stderr);
      assert.deepEqual([google.apis.calls, world.writes], [[], 0]);
    });
  });
});

test('without a gate of Google and an attestor nothing is asked of Google, nor of a metadata server', async () => {
  const asked: string[] = [];
  const proxy = createServer((socket) => {
    asked.push('a connection');
    socket.destroy();
  });
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
  const address = proxy.address();
  assert.ok(typeof address === 'object' && address !== null);
  await using registry = await startRegistry();
  await using world = await openWorld(registry, 'no-google');
  await using scanner = await startScanner();
  await world.put('app', 'v1', IMAGE);
  const listener = `127.0.0.1:${address.port}`;
  const outcome = await world.reimage(
    ['-vulncheck-command', scanner.command, '-vulncheck-max-cvss=7', '-remote-path', world.name('imported')],
    pod(world.name('app:v1')),
    {
      HTTPS_PROXY: `http://${listener}`,
      GCE_METADATA_HOST: listener,
      METADATA_SERVER_DETECTION: 'assume-present',
    },
  );
  proxy.close();
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.equal(scanner.calls.length, 1);
  assert.deepEqual(asked, []);
});
