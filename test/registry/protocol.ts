import assert from 'node:assert/strict';
import { type Digest, digestOf, MEDIA_TYPE } from '../../src/oci/index.ts';
import type { BuiltImage } from '../../src/testing/index.ts';
import type { RawAnswer, RawClient } from '../support/raw-client.ts';

/** What a case of the protocol works with: a registry and a repository of its own in it. */
export interface CaseContext {
  readonly client: RawClient;
  /** Path of a repository that no other case uses. */
  readonly repository: string;
}

/** One demand of the distribution specification. */
export interface ProtocolCase {
  readonly name: string;
  readonly run: (context: CaseContext) => Promise<void>;
}

export const OCTETS = 'application/octet-stream';

/** Begins an upload; gives the URL to go on at. */
export async function beginUpload({ client, repository }: CaseContext): Promise<string> {
  const begun = await client.send('POST', `/v2/${repository}/blobs/uploads/`, { body: '' });
  assert.equal(begun.status, 202);
  return locationOf(begun);
}

export function locationOf({ headers }: RawAnswer): string {
  assert.ok(headers.location !== undefined, 'the answer has no Location');
  return headers.location;
}

/** Appends a digest to an upload URL, every other byte of it left alone. */
export function withDigest(location: string, digest: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
}

export async function pushBlob(context: CaseContext, bytes: Uint8Array): Promise<Digest> {
  const digest = digestOf(bytes);
  const location = withDigest(await beginUpload(context), digest);
  const put = await context.client.send('PUT', location, {
    body: bytes,
    headers: { 'Content-Type': OCTETS },
  });
  assert.equal(put.status, 201, put.body.toString());
  return digest;
}

export function putManifest(
  { client, repository }: CaseContext,
  reference: string,
  manifest: { readonly bytes: Uint8Array; readonly mediaType: string },
): Promise<RawAnswer> {
  return client.send('PUT', `/v2/${repository}/manifests/${reference}`, {
    body: manifest.bytes,
    headers: { 'Content-Type': manifest.mediaType },
  });
}

/** Pushes all of an image, its root by tag. */
export async function pushImage(context: CaseContext, tag: string, image: BuiltImage): Promise<RawAnswer> {
  for (const { bytes } of image.blobs) await pushBlob(context, bytes);
  for (const manifest of image.manifests) {
    if (manifest === image.root) continue;
    const put = await putManifest(context, manifest.digest, manifest);
    assert.equal(put.status, 201, put.body.toString());
  }
  const put = await putManifest(context, tag, image.root);
  assert.equal(put.status, 201, put.body.toString());
  return put;
}

/** Accepts what images and indexes of both families are. */
export const ACCEPT = {
  Accept: [
    MEDIA_TYPE.ociIndex,
    MEDIA_TYPE.ociManifest,
    MEDIA_TYPE.dockerList,
    MEDIA_TYPE.dockerManifest,
  ].join(', '),
};

/** Asserts an error answer: its status is one of these and its body has the code. */
export function assertRefused(answer: RawAnswer, statuses: readonly number[], code: string): void {
  assert.ok(statuses.includes(answer.status), `status ${answer.status}: ${answer.body.toString()}`);
  assert.deepEqual(answer.codes.slice(0, 1), [code]);
}
