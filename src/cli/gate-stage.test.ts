import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { RegistryClient } from '../registry/index.ts';
import { readGateSettings } from './gate-options.ts';
import { createGateStage, type GateServices, openReport } from './gate-stage.ts';
import { parseFlags } from './go-flags.ts';
import { REIMAGE_FLAGS } from './reimage-flags.ts';

/** A folder with what a run before left there, gone after the test. */
async function setUp(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gate-stage-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'old.json'), '{"verdict": "accepted"}');
  await writeFile(join(folder, 'old.md'), 'accepted');
  await writeFile(join(folder, 'page.tmpl'), 'It is {{ .Verdict }}.');
  await writeFile(join(folder, 'expired.yaml'), '- {id: CVE-1, reason: r, expires: 2020-01-01}');
  return folder;
}

/** Begins as the command does, and makes the stage that flags ask for; none of its services is asked for anything. */
async function open(t: TestContext, ...args: readonly string[]): ReturnType<typeof createGateStage> {
  const settings = readGateSettings(parseFlags(REIMAGE_FLAGS, ['-vulncheck-max-cvss', '7', ...args]));
  assert.ok(settings);
  const client = new RegistryClient({
    keychain: { credentials: async () => [] },
    registries: { registries: [], credentialHelpers: [] },
    certificates: async () => ({ ca: [] }),
    variables: {},
    signal: new AbortController().signal,
  });
  t.after(() => client.close());
  const google = { call: () => Promise.reject(new Error('nobody asks')) };
  const services: GateServices = { client, google, variables: {} };
  await openReport(settings);
  return await createGateStage(settings, services);
}

function verdictOf(text: string): unknown {
  const { verdict }: { verdict: unknown } = JSON.parse(text);
  return verdict;
}

describe('the report of a run before', () => {
  test('does not outlive the start of the next, and is followed by its own', async (t) => {
    const path = join(await setUp(t), 'old.json');
    const stage = await open(t, '-vulncheck-report-output', path);
    assert.equal(verdictOf(await readFile(path, 'utf8')), 'failed');
    await stage.report?.({ verdict: 'accepted', images: [], failures: [] });
    assert.equal(verdictOf(await readFile(path, 'utf8')), 'accepted');
  });

  test('made by a template is emptied', async (t) => {
    const folder = await setUp(t);
    const path = join(folder, 'old.md');
    const template = join(folder, 'page.tmpl');
    const stage = await open(t, '-vulncheck-report-output', path, '-vulncheck-report-template', template);
    assert.equal(await readFile(path, 'utf8'), '');
    await stage.report?.({ verdict: 'rejected', images: [], failures: [] });
    assert.equal(await readFile(path, 'utf8'), 'It is rejected.');
  });

  test('is gone although a file of the gate cannot be used', async (t) => {
    const folder = await setUp(t);
    const path = join(folder, 'old.json');
    const expired = join(folder, 'expired.yaml');
    await assert.rejects(
      open(t, '-vulncheck-report-output', path, '-vulncheck-ignore-file', expired),
      /CVE-1 expired on 2020-01-01/,
    );
    assert.equal(verdictOf(await readFile(path, 'utf8')), 'failed');
    const none = join(folder, 'none.tmpl');
    const page = join(folder, 'old.md');
    await assert.rejects(
      open(t, '-vulncheck-report-output', page, '-vulncheck-report-template', none),
      /cannot read .*none\.tmpl/,
    );
    assert.equal(await readFile(page, 'utf8'), '');
  });

  test('stays where a plan is made', async (t) => {
    const path = join(await setUp(t), 'old.json');
    await open(t, '-plan', '-vulncheck-report-output', path);
    assert.equal(verdictOf(await readFile(path, 'utf8')), 'accepted');
  });

  test('is replaced where a link leads', async (t) => {
    const folder = await setUp(t);
    const link = join(folder, 'latest.json');
    await symlink('old.json', link);
    await open(t, '-vulncheck-report-output', link);
    assert.equal(verdictOf(await readFile(join(folder, 'old.json'), 'utf8')), 'failed');
  });
});

test('a report that cannot be written shows before anything is scanned', async (t) => {
  const folder = await setUp(t);
  await assert.rejects(open(t, '-vulncheck-report-output', join(folder, 'none/report.json')), {
    message: `cannot write the report: cannot write ${folder}/none/report.json: there is no such file or folder`,
  });
  await mkdir(join(folder, 'folder.json'));
  await assert.rejects(open(t, '-vulncheck-report-output', join(folder, 'folder.json')), {
    message: `cannot write the report: cannot write ${folder}/folder.json: it is a folder`,
  });
});

test('a device is not written to before the report is', async (t) => {
  const folder = await setUp(t);
  const stage = await open(
    t,
    '-vulncheck-report-output',
    '/dev/null',
    '-vulncheck-report-template',
    join(folder, 'page.tmpl'),
  );
  await stage.report?.({ verdict: 'accepted', images: [], failures: [] });
});
