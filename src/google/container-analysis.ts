import { type GoogleApi, GoogleError } from './google-api.ts';
import { JsonReader } from './json-reader.ts';
import { type NewAttestation, type Occurrence, readOccurrence } from './occurrence.ts';

const HOST = 'containeranalysis.googleapis.com';
/** The most that the API gives; its default is 20. */
const PAGE_SIZE = 1000;
// No part is "." or "..", which would lead to another address.
const PARENT = /^projects\/\w[\w.:-]*(?:\/locations\/[a-z0-9-]+)?(?:\/notes\/\w[\w.:-]*)?$/i;

/** Matches the occurrences of one kind (`VULNERABILITY`) of a resource (https://google.aip.dev/160). */
export function occurrenceFilter(kind: string, resource: string): string {
  return `((kind = ${quoted(kind)}) AND (resourceUrl = ${quoted(resource)}))`;
}

/** Container Analysis, also called Artifact Analysis: Google's Grafeas. */
export class ContainerAnalysis {
  readonly #api: GoogleApi;

  constructor(api: GoogleApi) {
    this.#api = api;
  }

  /**
   * All pages of a parent's occurrences: those in a project (`projects/p`), or those of a note, in whatever project they
   * are (`projects/p/notes/n`). Throws `GoogleError`, or the signal's reason.
   */
  async occurrences(parent: string, filter: string, signal: AbortSignal): Promise<readonly Occurrence[]> {
    const found: Occurrence[] = [];
    const url = occurrencesUrl(parent);
    url.searchParams.set('filter', filter);
    url.searchParams.set('pageSize', String(PAGE_SIZE));
    const seen = new Set<string>();
    for (;;) {
      const answer = await this.#api.call({ method: 'GET', url: new URL(url) }, signal);
      const page = new JsonReader(answer, `${HOST}: the list of occurrences`);
      for (const occurrence of page.values('occurrences')) found.push(readOccurrence(occurrence, HOST));
      const next = page.text('nextPageToken');
      if (next === '') return found;
      if (seen.has(next))
        throw new GoogleError(
          `${HOST}: the list of occurrences of ${parent} does not end: a page comes again`,
        );
      seen.add(next);
      url.searchParams.set('pageToken', next);
    }
  }

  /**
   * Makes an attestation in a project (`projects/p`); what it became. It is not sent again when it may have been made.
   * Throws `GoogleError`, whose status is `ALREADY_EXISTS` where there is one, or the signal's reason.
   */
  async createOccurrence(
    parent: string,
    occurrence: NewAttestation,
    signal: AbortSignal,
  ): Promise<Occurrence> {
    const request = {
      method: 'POST',
      url: occurrencesUrl(parent),
      body: occurrence,
      repeatable: false,
    } as const;
    return readOccurrence(await this.#api.call(request, signal), HOST);
  }
}

function occurrencesUrl(parent: string): URL {
  if (!PARENT.test(parent))
    throw new GoogleError(`"${parent}" is no parent of occurrences (projects/PROJECT)`);
  return new URL(`https://${HOST}/v1/${parent}/occurrences`);
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
