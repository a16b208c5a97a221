import { type Answer, jsonAnswer } from './answer.ts';
import { type Exchange, methodRefused, type Registry } from './exchange.ts';
import { readDigest } from './grammar.ts';
import { MEDIA_TYPE } from '../oci/index.ts';
import { Refusal } from './refusal.ts';

interface Page<T> {
  readonly items: readonly T[];
  readonly headers: Readonly<Record<string, string>>;
}

/** `/v2/<name>/tags/list`, in pages by `n` and `last`. */
export function tagsAnswer({ store, features }: Registry, exchange: Exchange): Answer {
  if (exchange.method !== 'GET') throw methodRefused();
  const { repository } = exchange.route;
  const tags = store.tags(repository);
  if (!tags)
    throw new Refusal('NAME_UNKNOWN', 'repository name not known to registry', {
      detail: { name: repository },
    });
  const page = pageOf(tags, (tag) => tag, exchange.url, features.pageSize);
  return jsonAnswer(200, { name: repository, tags: page.items }, page.headers);
}

/** `/v2/_catalog`, distribution's list of repositories. */
export function catalogAnswer({ store, features }: Registry, exchange: Exchange): Answer {
  if (exchange.method !== 'GET') throw methodRefused();
  const page = pageOf(store.repositories(), (name) => name, exchange.url, features.pageSize);
  return jsonAnswer(200, { repositories: page.items }, page.headers);
}

/** `/v2/<name>/referrers/<digest>`, filtered by `artifactType`, in pages. */
export function referrersAnswer({ store, features }: Registry, exchange: Exchange): Answer {
  if (!features.referrers) throw new Refusal('UNSUPPORTED', 'no such endpoint', { status: 404 });
  if (exchange.method !== 'GET') throw methodRefused();
  const digest = readDigest(exchange.route.reference);
  const wanted = exchange.url.searchParams.get('artifactType');
  const descriptors: ReferrerDescriptor[] = [];
  for (const { parsed, mediaType, bytes, digest: own } of store.manifests(exchange.route.repository)) {
    if (parsed === undefined || parsed.kind === 'schema1' || parsed.subject?.digest !== digest) continue;
    const artifactType =
      parsed.artifactType ?? (parsed.kind === 'image' ? parsed.config.mediaType : undefined);
    if (wanted !== null && wanted !== artifactType) continue;
    descriptors.push({
      mediaType,
      digest: own,
      size: bytes.length,
      artifactType,
      annotations: parsed.annotations,
    });
  }
  descriptors.sort((a, b) => (a.digest < b.digest ? -1 : 1));
  const page = pageOf(descriptors, (descriptor) => descriptor.digest, exchange.url, features.pageSize);
  const index = { schemaVersion: 2, mediaType: MEDIA_TYPE.ociIndex, manifests: page.items };
  const headers = { ...page.headers, ...(wanted === null ? {} : { 'OCI-Filters-Applied': 'artifactType' }) };
  return jsonAnswer(200, index, headers, MEDIA_TYPE.ociIndex);
}

interface ReferrerDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

/** One page of a sorted list, with the `Link` to the next (RFC 8288) when there is one. */
function pageOf<T>(all: readonly T[], keyOf: (item: T) => string, url: URL, most: number): Page<T> {
  const asked = url.searchParams.get('n');
  if (asked !== null && !/^\d+$/.test(asked)) {
    throw new Refusal('PAGINATION_NUMBER_INVALID', 'invalid number of results requested', {
      detail: { n: asked },
    });
  }
  const size = Math.min(asked === null ? most : Number(asked), most);
  const last = url.searchParams.get('last');
  const rest = last === null ? all : all.filter((item) => keyOf(item) > last);
  const items = rest.slice(0, size);
  const end = items.at(-1);
  if (end === undefined || items.length === rest.length) return { items, headers: {} };
  const next = new URLSearchParams(url.searchParams);
  next.set('n', String(size));
  next.set('last', keyOf(end));
  return { items, headers: { Link: `<${url.pathname}?${next.toString()}>; rel="next"` } };
}
