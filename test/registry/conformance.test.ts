import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startRegistry } from '../../src/testing/index.ts';
import { startDockerRegistry } from '../support/docker-registry.ts';
import { findTool, requireTool } from '../support/tools.ts';
import { BLOB_CASES } from './blob-cases.ts';
import { LISTING_CASES } from './listing-cases.ts';
import { MANIFEST_CASES } from './manifest-cases.ts';
import { RawClient } from '../support/raw-client.ts';

const CASES = [...LISTING_CASES, ...BLOB_CASES, ...MANIFEST_CASES];

interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

describe('conformance of the embedded registry', () => {
  let server: Server | undefined;
  before(async () => {
    server = await startRegistry();
  });
  after(() => server?.stop());
  for (const [index, { name, run }] of CASES.entries()) {
    test(name, async () => {
      await run({ client: new RawClient(server?.url ?? ''), repository: `conformance/case-${index}` });
    });
  }
});

/** What Debian's distribution 2.8 does not do; that it does not is tested too. */
const LACKS: Readonly<Record<string, string>> = {
  'tags: in order, in pages': 'lists tags in the order of its storage, in one page',
  'referrers: none is an empty index': 'has no referrers API',
  'referrers: what names a subject is listed under it, and filtered': 'has no referrers API',
  'ranges: beyond the end': 'answers 416 with the length of the whole blob, and cuts the connection',
  'upload: a chunk that leaves a gap is refused, and the session goes on': 'does not read Content-Range',
  'upload: all in one POST': 'begins a session instead',
  'mount: without a repository to take it from': 'begins a session instead',
  'delete: a tag leaves the manifest': 'deletes by digest only',
  'tags: given while pushing by digest': 'ignores the parameter',
};

test('the names of what is lacking are names of cases', () => {
  const names = new Set(CASES.map(({ name }) => name));
  assert.equal(names.size, CASES.length, 'two cases have one name');
  assert.deepEqual(
    Object.keys(LACKS).filter((name) => !names.has(name)),
    [],
  );
});

describe("conformance of Debian's docker-registry", () => {
  let server: Server | undefined;
  before(async () => {
    const program = await findTool('docker-registry');
    if (program !== undefined) server = await startDockerRegistry(program);
  });
  after(() => server?.stop());
  for (const [index, { name, run }] of CASES.entries()) {
    const lack = LACKS[name];
    test(lack === undefined ? name : `not: ${name} (it ${lack})`, async (t) => {
      if ((await requireTool(t, 'docker-registry')) === undefined) return;
      const running = run({
        client: new RawClient(server?.url ?? ''),
        repository: `conformance/case-${index}`,
      });
      if (lack === undefined) await running;
      else await assert.rejects(running, 'it does now: take it off the list');
    });
  }
});
