import type { Digest } from '../oci/index.ts';
import { type Answer, emptyAnswer } from './answer.ts';
import type { BlobSource } from './blob-source.ts';
import { type Exchange, methodRefused, type Registry } from './exchange.ts';
import { readDigest } from './grammar.ts';
import { Refusal } from './refusal.ts';

/** `/v2/<name>/blobs/<digest>`: GET with ranges, HEAD, DELETE. */
export function blobAnswer(registry: Registry, exchange: Exchange): Answer {
  const { repository, reference } = exchange.route;
  const digest = readDigest(reference);
  if (exchange.method === 'DELETE') {
    if (registry.store.deleteBlob(repository, digest)) return emptyAnswer(202);
    throw unknownBlob(digest);
  }
  if (exchange.method !== 'GET' && exchange.method !== 'HEAD') throw methodRefused();
  const source = registry.store.blob(repository, digest);
  if (!source) throw unknownBlob(digest);
  return contentAnswer(source, exchange, {
    ...(registry.features.digestHeader ? { 'Docker-Content-Digest': digest } : {}),
    ETag: `"${digest}"`,
    'Cache-Control': 'max-age=31536000',
  });
}

/** The bytes of a blob, or of the range asked for (RFC 9110, section 14). */
export function contentAnswer(
  source: BlobSource,
  { method, headers }: Pick<Exchange, 'method' | 'headers'>,
  extra: Readonly<Record<string, string>>,
): Answer {
  const common = { ...extra, 'Accept-Ranges': 'bytes', 'Content-Type': 'application/octet-stream' };
  const { size } = source;
  const range = method === 'GET' && headers.range !== undefined ? readRange(headers.range, size) : undefined;
  if (range === 'unsatisfiable') {
    throw new Refusal('RANGE_INVALID', 'range not satisfiable', {
      headers: { 'Content-Range': `bytes */${size}` },
    });
  }
  if (!range) {
    const body = { source, start: 0, end: size };
    return { status: 200, headers: { ...common, 'Content-Length': String(size) }, body };
  }
  const [start, end] = range;
  return {
    status: 206,
    headers: {
      ...common,
      'Content-Length': String(end - start),
      'Content-Range': `bytes ${start}-${end - 1}/${size}`,
    },
    body: { source, start, end },
  };
}

function unknownBlob(digest: Digest): Refusal {
  return new Refusal('BLOB_UNKNOWN', 'blob unknown to registry', { detail: { digest } });
}

/** One range as [start, end); several ranges and odd units are ignored, as the RFC allows. */
function readRange(header: string, size: number): [number, number] | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (!match) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  return start >= size || end <= start ? 'unsatisfiable' : [start, end];
}
