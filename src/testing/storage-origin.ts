import { digestOf, isDigest } from '../oci/index.ts';
import { type Answer, emptyAnswer } from './answer.ts';
import { contentAnswer } from './blobs.ts';
import type { Exchange } from './exchange.ts';
import { methodRefused } from './exchange.ts';
import { Refusal } from './refusal.ts';
import { STORAGE_PATH } from './route.ts';
import type { RegistryStore } from './store.ts';

const VALID_MS = 600_000;

/** The redirect of a blob to a signed URL, as registries over S3 and its kin send it. */
export function redirectToStorage(origin: string, exchange: Exchange, now: number): Answer {
  const expires = String(now + VALID_MS);
  const digest = exchange.route.reference;
  const query = `X-Expires=${expires}&X-Signature=${signature(digest, expires)}`;
  return emptyAnswer(307, { Location: `${origin}${STORAGE_PATH}${digest}?${query}` });
}

/** The storage behind: it knows signatures only, and refuses requests that carry credentials too, as S3 does. */
export function storageAnswer(store: RegistryStore, exchange: Exchange, now: number): Answer {
  if (exchange.method !== 'GET') throw methodRefused();
  if (exchange.headers.authorization !== undefined) {
    throw new Refusal('DENIED', 'only one auth mechanism allowed', { status: 400 });
  }
  const digest = exchange.route.reference;
  const expires = exchange.url.searchParams.get('X-Expires') ?? '';
  const signed = exchange.url.searchParams.get('X-Signature') === signature(digest, expires);
  if (!signed || Number(expires) < now) throw new Refusal('DENIED', 'request has expired or is not signed');
  const source = isDigest(digest) ? store.anyBlob(digest) : undefined;
  if (!source) throw new Refusal('BLOB_UNKNOWN', 'no such key');
  return contentAnswer(source, exchange, { ETag: `"${digest}"` });
}

function signature(digest: string, expires: string): string {
  return digestOf(`signed ${digest} until ${expires}`).slice(7);
}
