import { type Descriptor, type Digest, type IndexManifest, MEDIA_TYPE, parseManifest } from '../oci/index.ts';
import { MAX_PAGE } from './body.ts';
import { parseFaults, RegistryError } from './errors.ts';
import { type Answer, exchange } from './exchange.ts';
import type { Origin } from './origin.ts';
import { reasonOf } from './reason.ts';

/** ECR refuses pages of more than a thousand. */
const PAGE = 1000;
const MAX_REFERRER_PAGES = 100;

/**
 * Every tag of a repository, page by page; undefined when there are more than `maxPages`, when the repository is
 * absent, or when the registry does not list tags for us. Throws `RegistryError`.
 */
export async function listTags(
  origin: Origin,
  { maxPages, signal }: { readonly maxPages: number; readonly signal: AbortSignal },
): Promise<readonly string[] | undefined> {
  const call = { ...origin, operation: 'list tags', expect: [200, 404, 405], limit: MAX_PAGE, signal };
  const tags: string[] = [];
  let target: string | undefined = `tags/list?n=${PAGE}`;
  for (let page = 0; target !== undefined; page++) {
    if (page === maxPages) return undefined;
    const answer = await unlessForbidden(exchange({ ...call, method: 'GET', target }));
    if (answer?.status !== 200) return undefined;
    const body: unknown = readJson(call, answer);
    const listed: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'tags') : undefined;
    if (Array.isArray(listed)) tags.push(...listed.filter((tag) => typeof tag === 'string'));
    target = nextPage(call, answer);
  }
  return tags;
}

/**
 * What refers to a manifest by the referrers API of OCI 1.1; `unsupported` where the registry does not have it,
 * `refused` where it has no answer for this repository. Throws `RegistryError`.
 */
export async function listReferrers(
  origin: Origin,
  digest: Digest,
  signal: AbortSignal,
): Promise<readonly Descriptor[] | 'unsupported' | 'refused'> {
  const call = {
    ...origin,
    operation: `list referrers of ${digest}`,
    expect: [200, 400, 404, 405, 406],
    limit: MAX_PAGE,
    signal,
  };
  const found: Descriptor[] = [];
  let target: string | undefined = `referrers/${digest}`;
  for (let page = 0; target !== undefined && page < MAX_REFERRER_PAGES; page++) {
    const answer: Answer | undefined = await unlessForbidden(exchange({ ...call, method: 'GET', target }));
    if (!answer) return 'refused';
    if (answer.status !== 200) {
      // An error in the registry's own terms is about this repository; anything else is a path that it does not know.
      const known = parseFaults(answer.bytes.toString('utf8')).some(
        ({ code }) => code !== '' && code !== 'UNSUPPORTED',
      );
      return known ? 'refused' : 'unsupported';
    }
    found.push(...readReferrers(call, answer).manifests);
    target = nextPage(call, answer);
  }
  return found;
}

/** Rights to read an image do not always include its lists. */
async function unlessForbidden(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RegistryError && (error.status === 401 || error.status === 403)) return undefined;
    throw error;
  }
}

type ListCall = Origin & { readonly operation: string };

function readReferrers(call: ListCall, { bytes }: Answer): IndexManifest {
  try {
    const manifest = parseManifest(bytes, MEDIA_TYPE.ociIndex);
    if (manifest.kind === 'index') return manifest;
  } catch (cause) {
    throw new RegistryError({ ...call, reason: reasonOf(cause), cause });
  }
  throw new RegistryError({ ...call, reason: 'the answer is not an index' });
}

function readJson(call: ListCall, { bytes }: Answer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new RegistryError({ ...call, reason: 'the answer is not JSON', cause });
  }
}

/** The next page of a list (RFC 8288 `Link`), as a path below the repository; only on this registry. */
function nextPage({ host, repository }: ListCall, answer: Answer): string | undefined {
  const link = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(answer.headers.link ?? '')?.[1];
  const url = link === undefined ? null : URL.parse(link, answer.url.href);
  const prefix = `/v2/${repository.path}/`;
  if (url?.host !== host.base.host || !url.pathname.startsWith(prefix)) return undefined;
  return `${url.pathname.slice(prefix.length)}${url.search}`;
}
