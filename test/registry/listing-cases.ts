import assert from 'node:assert/strict';
import { MEDIA_TYPE } from '../../src/oci/index.ts';
import { buildArtifact, buildImage, descriptorOf } from '../../src/testing/index.ts';
import { assertRefused, type CaseContext, type ProtocolCase, pushImage, putManifest } from './protocol.ts';

const IMAGE = buildImage({ labels: { case: 'listing' } });
const SUBJECT = descriptorOf(IMAGE);
const SIGNATURE = buildArtifact({
  subject: SUBJECT,
  artifactType: 'application/vnd.example.signature',
  content: 'signature',
  annotations: { 'org.example.by': 'a test' },
});
const SBOM = buildArtifact({
  subject: SUBJECT,
  artifactType: 'application/vnd.example.sbom',
  content: 'sbom',
});

/** Ping, names, tags, repositories, referrers. */
export const LISTING_CASES: readonly ProtocolCase[] = [
  {
    name: 'ping',
    async run({ client }) {
      const { status, headers } = await client.send('GET', '/v2/');
      assert.equal(status, 200);
      assert.equal(headers['docker-distribution-api-version'], 'registry/2.0');
    },
  },
  {
    name: 'names: what is none is refused',
    async run({ client }) {
      for (const name of ['UPPER/case', 'a/-b', 'a..b', 'a/b_']) {
        const { status } = await client.send('GET', `/v2/${name}/tags/list`);
        assert.ok([400, 404].includes(status), `${name}: ${status}`);
      }
    },
  },
  {
    name: 'names: components may be words of the protocol',
    async run(context) {
      await pushImage(
        { ...context, repository: `${context.repository}/blobs/uploads/manifests/tags` },
        'v1',
        IMAGE,
      );
    },
  },
  {
    name: 'tags: in order, in pages',
    async run(context) {
      const { client, repository } = context;
      await pushImage(context, 'b', IMAGE);
      for (const tag of ['e', 'a', 'd', 'c']) await putManifest(context, tag, IMAGE.root);
      assert.deepEqual(await pagesOf(context, `/v2/${repository}/tags/list`, 'tags'), [
        ['a', 'b', 'c', 'd', 'e'],
      ]);
      assert.deepEqual(await pagesOf(context, `/v2/${repository}/tags/list?n=2`, 'tags'), [
        ['a', 'b'],
        ['c', 'd'],
        ['e'],
      ]);
      const rest = await client.send('GET', `/v2/${repository}/tags/list?n=10&last=c`);
      assert.deepEqual(JSON.parse(rest.body.toString()), { name: repository, tags: ['d', 'e'] });
    },
  },
  {
    name: 'tags: of a repository that is not there',
    async run({ client, repository }) {
      assertRefused(await client.send('GET', `/v2/${repository}/nothing/tags/list`), [404], 'NAME_UNKNOWN');
    },
  },
  {
    name: 'catalog: lists repositories in pages',
    async run(context) {
      for (const name of ['zz-1', 'zz-2', 'zz-3'])
        await pushImage({ ...context, repository: name }, 'v1', IMAGE);
      const pages = await pagesOf(context, '/v2/_catalog?n=2&last=zz', 'repositories');
      assert.deepEqual(pages, [['zz-1', 'zz-2'], ['zz-3']]);
    },
  },
  {
    name: 'referrers: none is an empty index',
    async run({ client, repository }) {
      const answer = await client.send('GET', `/v2/${repository}/referrers/${SUBJECT.digest}`);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['content-type'], MEDIA_TYPE.ociIndex);
      assert.deepEqual(JSON.parse(answer.body.toString()), {
        schemaVersion: 2,
        mediaType: MEDIA_TYPE.ociIndex,
        manifests: [],
      });
    },
  },
  {
    name: 'referrers: what names a subject is listed under it, and filtered',
    async run(context) {
      const { client, repository } = context;
      await pushImage(context, 'v1', IMAGE);
      const put = await pushImage(context, 'signature', SIGNATURE);
      assert.equal(put.headers['oci-subject'], SUBJECT.digest);
      await pushImage(context, 'sbom', SBOM);
      const path = `/v2/${repository}/referrers/${SUBJECT.digest}`;
      const all: { manifests: { digest: string }[] } = JSON.parse(
        (await client.send('GET', path)).body.toString(),
      );
      assert.deepEqual(
        new Set(all.manifests.map(({ digest }) => digest)),
        new Set([SIGNATURE.root.digest, SBOM.root.digest]),
      );
      const type = 'application/vnd.example.signature';
      const filtered = await client.send('GET', `${path}?artifactType=${type}`);
      assert.equal(filtered.headers['oci-filters-applied'], 'artifactType');
      assert.deepEqual(JSON.parse(filtered.body.toString()).manifests, [
        {
          ...descriptorOf(SIGNATURE),
          artifactType: type,
          annotations: { 'org.example.by': 'a test' },
        },
      ]);
    },
  },
];

/** Follows `Link` to the end. */
async function pagesOf({ client }: CaseContext, path: string, key: string): Promise<unknown[]> {
  const pages: unknown[] = [];
  let next: string | undefined = path;
  while (next !== undefined) {
    const { status, headers, body } = await client.send('GET', next);
    assert.equal(status, 200);
    const page: Record<string, unknown> = JSON.parse(body.toString());
    pages.push(page[key]);
    const link = headers['link'];
    next = typeof link === 'string' ? /^<([^>]+)>; *rel="next"$/.exec(link)?.[1] : undefined;
  }
  return pages;
}
