import { type GoogleCall, type GoogleHandler, type GoogleReply, googleRefusal } from './google-handler.ts';
import { FilterError, type OccurrenceFilter, parseOccurrenceFilter } from './occurrence-filter.ts';
import { newOccurrenceFault } from './new-occurrence.ts';

/** An occurrence as the API has it: https://cloud.google.com/artifact-analysis/docs/reference/rest/v1/projects.occurrences. */
export type StoredOccurrence = Readonly<Record<string, unknown>>;

export type AnalysisPermission =
  | 'containeranalysis.occurrences.list'
  | 'containeranalysis.occurrences.create'
  | 'containeranalysis.notes.listOccurrences'
  | 'containeranalysis.notes.attachOccurrence';

export interface ContainerAnalysisOptions {
  /** `projects/p/notes/n`: those that occurrences can be attached to. */
  readonly notes?: readonly string[];
  /** What the caller may not do. */
  readonly denied?: readonly AnalysisPermission[];
  /** Pages have at most so many occurrences, whatever is asked for. */
  readonly mostPerPage?: number;
  /** True answers 409 to a second attestation with the same payload for a resource. */
  readonly unique?: boolean;
  /** In milliseconds since the epoch. */
  readonly now?: () => number;
}

const HOST = 'containeranalysis.googleapis.com';
const PATH = /^\/v1\/(projects\/([^/]+)(?:\/locations\/[^/]+)?(?:\/notes\/([^/]+))?)\/occurrences$/;
const DEFAULT_SIZE = 20;
const LARGEST_SIZE = 1000;

/** Container Analysis (Grafeas v1) in memory, as strict as the real one; its handler goes by `host`. */
export class ContainerAnalysisDouble {
  readonly host = HOST;
  /** In the order in which they came; `add` is for what is not made by the API. */
  readonly occurrences: StoredOccurrence[] = [];
  readonly handler: GoogleHandler;
  readonly #options: ContainerAnalysisOptions;
  /** Page token → which list it goes on with, and where. */
  readonly #pages = new Map<string, { readonly list: string; readonly start: number }>();

  constructor(options: ContainerAnalysisOptions = {}) {
    this.#options = options;
    this.handler = (call) => this.#answer(call);
  }

  /** Stores what a scanner would have: a name and times are made where they are missing. */
  add(parent: string, occurrence: StoredOccurrence): StoredOccurrence {
    const now = new Date(this.#options.now?.() ?? Date.now()).toISOString();
    const name = `${parent}/occurrences/${crypto.randomUUID()}`;
    const stored = { name, createTime: now, updateTime: now, ...occurrence };
    this.occurrences.push(stored);
    return stored;
  }

  #answer(call: GoogleCall): GoogleReply {
    const [, parent = '', project = '', note] = PATH.exec(decodeURIComponent(call.url.pathname)) ?? [];
    if (call.method === 'GET' && parent !== '') return this.#list(call.url, { parent, project, note });
    if (call.method === 'POST' && parent !== '' && note === undefined)
      return this.#create(parent, project, call.body);
    return googleRefusal('NOT_FOUND', 'Method not found.');
  }

  #list(
    { searchParams }: URL,
    {
      parent,
      project,
      note,
    }: { readonly parent: string; readonly project: string; readonly note: string | undefined },
  ): GoogleReply {
    const permission =
      note === undefined ? 'containeranalysis.occurrences.list' : 'containeranalysis.notes.listOccurrences';
    const denial = this.#denial(permission, project);
    if (denial !== undefined) return denial;
    for (const name of searchParams.keys()) {
      if (!['filter', 'pageSize', 'pageToken'].includes(name))
        return googleRefusal('INVALID_ARGUMENT', `Invalid JSON payload received. Unknown name "${name}"`);
    }
    const size = Number(searchParams.get('pageSize') ?? 0);
    if (!Number.isInteger(size) || size < 0) return googleRefusal('INVALID_ARGUMENT', 'invalid page size');
    let filter: OccurrenceFilter;
    try {
      filter = parseOccurrenceFilter(searchParams.get('filter') ?? '');
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      return googleRefusal('INVALID_ARGUMENT', `invalid filter: ${error.message}`);
    }
    const list = `${parent} ${searchParams.get('filter') ?? ''}`;
    const token = searchParams.get('pageToken') ?? '';
    const page = token === '' ? { list, start: 0 } : this.#pages.get(token);
    if (page?.list !== list) return googleRefusal('INVALID_ARGUMENT', 'invalid page token');
    const matching = this.occurrences.filter((occurrence) => {
      const isThere =
        note === undefined
          ? textOf(occurrence, 'name').startsWith(`${parent}/occurrences/`)
          : occurrence['noteName'] === parent;
      return isThere && filter(fieldsOf(occurrence));
    });
    const end = page.start + Math.min(size || DEFAULT_SIZE, this.#options.mostPerPage ?? LARGEST_SIZE);
    const occurrences = matching.slice(page.start, end);
    return {
      status: 200,
      body: {
        // A list without members is left out, as all that has its default.
        ...(occurrences.length === 0 ? {} : { occurrences }),
        ...(end < matching.length ? { nextPageToken: this.#pageToken(list, end) } : {}),
      },
    };
  }

  #create(parent: string, project: string, body: unknown): GoogleReply {
    const denial = this.#denial('containeranalysis.occurrences.create', project);
    if (denial !== undefined) return denial;
    const fault = newOccurrenceFault(body);
    if (fault !== undefined || typeof body !== 'object' || body === null)
      return googleRefusal('INVALID_ARGUMENT', fault ?? 'no occurrence');
    const occurrence: StoredOccurrence = { ...body };
    const note = textOf(occurrence, 'noteName');
    if (!(this.#options.notes ?? []).includes(note))
      return googleRefusal('NOT_FOUND', `note "${note}" does not exist`);
    const noteDenial = this.#denial('containeranalysis.notes.attachOccurrence', note.split('/')[1] ?? '');
    if (noteDenial !== undefined) return noteDenial;
    if (this.#options.unique === true && this.occurrences.some((other) => isSame(other, occurrence)))
      return googleRefusal('ALREADY_EXISTS', 'occurrence already exists');
    // Output only, whatever was sent.
    const { name: _name, createTime: _createTime, updateTime: _updateTime, ...rest } = occurrence;
    return { status: 200, body: this.add(parent, { ...rest, kind: 'ATTESTATION' }) };
  }

  #denial(permission: AnalysisPermission, project: string): GoogleReply | undefined {
    if (this.#options.denied?.includes(permission) !== true) return undefined;
    return googleRefusal(
      'PERMISSION_DENIED',
      `permission "${permission}" denied for project "${project}" (or it may not exist)`,
    );
  }

  #pageToken(list: string, start: number): string {
    const token = Buffer.from(`page ${this.#pages.size + 1}`).toString('base64url');
    this.#pages.set(token, { list, start });
    return token;
  }
}

function fieldsOf(occurrence: StoredOccurrence): Readonly<Record<string, string>> {
  const [, noteProjectId = '', , noteId = ''] = textOf(occurrence, 'noteName').split('/');
  const [kind, resourceUrl] = [textOf(occurrence, 'kind'), textOf(occurrence, 'resourceUri')];
  return { kind, resourceUrl, noteProjectId, noteId };
}

function isSame(one: StoredOccurrence, other: StoredOccurrence): boolean {
  const payload = (occurrence: StoredOccurrence): unknown => {
    const details = occurrence['attestation'];
    return typeof details === 'object' && details !== null
      ? Reflect.get(details, 'serializedPayload')
      : undefined;
  };
  return (
    one['resourceUri'] === other['resourceUri'] &&
    one['noteName'] === other['noteName'] &&
    payload(one) === payload(other)
  );
}

function textOf(occurrence: StoredOccurrence, name: string): string {
  const value = occurrence[name];
  return typeof value === 'string' ? value : '';
}
