import assert from 'node:assert/strict';
import type { Clock } from '../http/index.ts';
import { ApiError, type ApiErrorParts, type Query, type WatchEvent, type WatchRequest } from './api.ts';
import { Reflector } from './reflector.ts';
import { nameOf, resourceVersionOf } from './api-object.ts';

/** What the server does with a request: a list page, a refusal, or a stream. */
export type Answer =
  | { readonly page: unknown }
  | { readonly error: Error }
  | { readonly events: readonly WatchEvent[]; readonly lasts?: number; readonly breaks?: Error };

/** A request that must come, and its answer; the last one has none and ends the play. */
export type Scene = readonly [request: string, answer?: Answer];

/** An object of namespace n. */
export function object(name: string, resourceVersion: string, owned = false): unknown {
  return { metadata: { namespace: 'n', name, resourceVersion, owned } };
}

/** An event about such an object. */
export function event(type: string, name: string, version: string, owned = false): WatchEvent {
  return { type, object: object(name, version, owned) };
}

/** A bookmark. */
export function bookmark(resourceVersion: string, annotations = {}): WatchEvent {
  return { type: 'BOOKMARK', object: { metadata: { resourceVersion, annotations } } };
}

/** The bookmark after the first objects of a stream. */
export function end(resourceVersion: string): WatchEvent {
  return bookmark(resourceVersion, { 'k8s.io/initial-events-end': 'true' });
}

/** An ERROR event. */
export function status(code: number, reason: string, message = 'so it is', details = {}): WatchEvent {
  return { type: 'ERROR', object: { kind: 'Status', code, reason, message, details } };
}

/** A page of a list. */
export function page(resourceVersion: string, names: readonly string[], token = ''): Answer {
  const items = names.map((name) => object(name, resourceVersion));
  return { page: { metadata: { resourceVersion, continue: token }, items } };
}

/** A refusal; without a status there was no answer. */
export function error(parts: Partial<ApiErrorParts>): { readonly error: Error } {
  return { error: new ApiError({ operation: 'watch pods', message: 'so it is', ...parts }) };
}

/** What a connection that breaks throws. */
export const BROKEN = error({}).error;

/** A stream that gives objects a and b and then these events. */
export function streamed(events: readonly WatchEvent[] = [], lasts = 5000): Answer {
  return { events: [event('ADDED', 'a', '3'), event('ADDED', 'b', '1'), end('5'), ...events], lasts };
}

function tell(query: Query): string {
  const { sendInitialEvents, watch, resourceVersion, continue: token } = query;
  const from = resourceVersion === undefined ? '' : ` from ${resourceVersion}`;
  if (sendInitialEvents) return `stream${from}`;
  return watch ? `watch${from}` : `list${token === undefined ? '' : ` ${token}`}`;
}

/** One run of a reflector against a server that answers as written, and what came of it. */
export class Play {
  /** Requests and waits, in order. */
  readonly steps: string[] = [];
  /** What the sink was told. */
  readonly changes: string[] = [];
  /** What the observer was told, events aside. */
  readonly observed: string[] = [];
  readonly queries: Query[] = [];
  readonly idleTimeouts: number[] = [];
  events = 0;
  readonly reflector: Reflector<string>;
  #now = 0;
  readonly #stop = new AbortController();
  readonly #scenes: Scene[];

  constructor(scenes: readonly Scene[], random = 0) {
    this.#scenes = [...scenes];
    const note = (what: string) => (): void => void this.observed.push(what);
    this.reflector = new Reflector<string>({
      api: {
        get: async (_path, query) => this.#list(query),
        watch: (request) => this.#watch(request),
      },
      path: '/api/v1/pods',
      read: (value) => {
        const key = nameOf(value)?.key;
        const owned = JSON.stringify(value).includes('"owned":true');
        return key === undefined || owned ? undefined : { key, item: resourceVersionOf(value) ?? '' };
      },
      sink: {
        replace: (items) => this.changes.push(`= ${[...items].map((item) => item.join('@')).join(' ')}`),
        put: (key, item) => this.changes.push(`+ ${key}@${item}`),
        delete: (key) => this.changes.push(`- ${key}`),
      },
      observer: {
        onList: note('list'),
        onListFailure: (reason) => this.observed.push(`list failed: ${reason}`),
        onSynced: note('synced'),
        onWatch: note('watch'),
        onWatchFailure: (reason) => this.observed.push(`watch failed: ${reason}`),
        onEvent: () => void this.events++,
        onFailure: ({ reason, retryIn }) => this.observed.push(`trouble: ${reason}, again in ${retryIn}`),
        onRecovered: note('recovered'),
      },
      pageSize: 250,
      clock: this.#clock(),
      random: () => random,
      signal: this.#stop.signal,
    });
  }

  async run(): Promise<this> {
    await this.reflector.run();
    assert.deepEqual(
      this.#scenes.map(([request]) => request),
      [],
      `not asked for after ${this.steps.join(', ')}`,
    );
    return this;
  }

  /** A clock on which nobody waits. */
  #clock(): Clock {
    return {
      now: () => this.#now,
      sleep: async (milliseconds, signal) => {
        signal.throwIfAborted();
        this.steps.push(`wait ${milliseconds}`);
        this.#now += milliseconds;
      },
    };
  }

  #next(query: Query): Answer {
    this.queries.push(query);
    const request = tell(query);
    this.steps.push(request);
    const scene = this.#scenes.shift();
    if (scene?.[0] !== request || !scene[1]) {
      // A request that was not expected ends the play too; the comparison of the steps tells.
      this.#stop.abort(new Error('the play is over'));
      this.#stop.signal.throwIfAborted();
    }
    assert.ok(scene?.[1]);
    if ('error' in scene[1]) throw scene[1].error;
    return scene[1];
  }

  #list(query: Query): unknown {
    const answer = this.#next(query);
    assert.ok('page' in answer, `${tell(query)} is no list`);
    return answer.page;
  }

  async *#watch({ query, idleTimeout }: WatchRequest): AsyncGenerator<readonly WatchEvent[]> {
    this.idleTimeouts.push(idleTimeout);
    const answer = this.#next(query);
    assert.ok('events' in answer, `${tell(query)} is no watch`);
    // In batches of two, so that they end anywhere.
    for (let at = 0; at < answer.events.length; at += 2) yield answer.events.slice(at, at + 2);
    this.#now += answer.lasts ?? 0;
    if (answer.breaks) throw answer.breaks;
  }
}

/** Plays the scenes, in which the waits are written between the requests. */
export async function play(scenes: readonly (Scene | number)[], random = 0): Promise<Play> {
  const requests = scenes.filter((scene) => typeof scene !== 'number');
  const steps = scenes.map((scene) => (typeof scene === 'number' ? `wait ${scene}` : scene[0]));
  const played = await new Play(requests, random).run();
  assert.deepEqual(played.steps, steps);
  return played;
}

/** A server without streams. */
export const REFUSED = error({ status: 422, reason: 'Invalid' });
/** How a server without streams is met. */
export const LISTED: readonly Scene[] = [
  ['stream', REFUSED],
  ['list', page('5', ['a', 'b'])],
];
/** What the sink is told after `streamed`. */
export const SYNCED = '= n/a@3 n/b@1';
