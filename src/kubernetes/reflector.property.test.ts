import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { QuickClock } from '../../test/support/client.ts';
import { ApiError, type ApiServer, type Query, type WatchEvent, type WatchRequest } from './api.ts';
import { Reflector } from './reflector.ts';
import { fieldOf, nameOf, resourceVersionOf } from './api-object.ts';

interface Held {
  readonly version: number;
  readonly owned: boolean;
}

type State = ReadonlyMap<string, Held>;

/** The end of all open watches; an error, where they break. */
interface Cut {
  readonly error?: ApiError;
}

/** An API server in small: versions, histories that are compacted, replicas that lag, faults. */
class Server implements ApiServer {
  readonly clock = new QuickClock();
  /** Whether objects are streamed. */
  streams = true;
  /** How many versions behind an answer may be that need not be the newest. */
  lag = 0;
  /** What the next requests get instead of an answer. */
  readonly faults: ApiError[] = [];
  /** One state for each version, from version 1 on. */
  readonly #history: State[] = [new Map()];
  /** What led from each version to the next; undefined where it was something else. */
  readonly #changes: ({ readonly type: string; readonly name: string; readonly held: Held } | undefined)[] =
    [];
  #oldest = 1;
  #cuts = 0;
  #cut: Cut = {};
  #bookmarks = 0;
  #wake = Promise.withResolvers<void>();

  get version(): number {
    return this.#history.length;
  }

  get state(): State {
    return this.#history.at(-1) ?? new Map();
  }

  put(name: string, owned: boolean): void {
    const held = { version: this.version + 1, owned };
    this.#change(this.state.has(name) ? 'MODIFIED' : 'ADDED', name, held);
    this.#history.push(new Map([...this.state, [name, held]]));
    this.#notify();
  }

  delete(name: string): void {
    const known = this.state.get(name);
    if (!known) return;
    this.#change('DELETED', name, { version: this.version + 1, owned: known.owned });
    this.#history.push(new Map([...this.state].filter(([other]) => other !== name)));
    this.#notify();
  }

  /** Something changes elsewhere, and all versions but the present one are forgotten. */
  compact(): void {
    this.#changes.push(undefined);
    this.#history.push(this.state);
    this.#oldest = this.version;
  }

  bookmark(): void {
    this.#bookmarks++;
    this.#notify();
  }

  cut(after: number, cut: Cut = {}): void {
    this.clock.advance(after);
    this.#cut = cut;
    this.#cuts++;
    this.#notify();
  }

  async get(_path: string, query: Query): Promise<unknown> {
    await turn();
    this.#fault();
    const [version = this.version, from = 0] = String(query['continue'] ?? '')
      .split(':')
      .filter((part) => part !== '')
      .map(Number);
    if (version < this.#oldest) throw gone();
    const all = [...this.#at(version)];
    const to = from + Number(query['limit']);
    const items = all.slice(from, to).map(([name, held]) => written(name, held));
    const token = to < all.length ? `${version}:${to}` : '';
    return { metadata: { resourceVersion: String(version), continue: token }, items };
  }

  async *watch({ query, signal }: WatchRequest): AsyncGenerator<readonly WatchEvent[]> {
    const stop = (): void => this.#notify();
    signal.addEventListener('abort', stop, { once: true });
    const cuts = this.#cuts;
    await turn();
    this.#fault();
    const asked = query['resourceVersion'] === undefined ? undefined : Number(query['resourceVersion']);
    if (asked !== undefined && asked < this.#oldest) throw gone();
    let at = asked ?? this.version;
    if (query['sendInitialEvents']) {
      if (!this.streams) throw new ApiError({ operation: 'watch', status: 422, message: 'no streams' });
      // A replica may be behind, but not behind what was asked for.
      if (asked !== undefined) at = Math.max(asked, this.#oldest, this.version - this.lag);
      for (const [name, held] of this.#at(at)) {
        await turn();
        if (this.#cuts !== cuts) return this.#break();
        yield [{ type: 'ADDED', object: written(name, held) }];
      }
      yield [this.#mark(at, { 'k8s.io/initial-events-end': 'true' })];
    }
    let bookmarks = this.#bookmarks;
    while (this.#cuts === cuts) {
      signal.throwIfAborted();
      if (at < this.version) {
        if (at < this.#oldest - 1) {
          yield [{ type: 'ERROR', object: { code: 410, reason: 'Expired', message: 'too old' } }];
          return undefined;
        }
        const change = this.#changes[at - 1];
        at++;
        if (change) yield [{ type: change.type, object: written(change.name, change.held) }];
      } else if (bookmarks !== this.#bookmarks) {
        bookmarks = this.#bookmarks;
        yield [this.#mark(at)];
      } else await this.#wake.promise;
    }
    return this.#break();
  }

  #break(): undefined {
    if (this.#cut.error) throw this.#cut.error;
  }

  #at(version: number): State {
    return this.#history[version - 1] ?? new Map();
  }

  #change(type: string, name: string, held: Held): void {
    this.#changes.push({ type, name, held });
  }

  #mark(version: number, annotations = {}): WatchEvent {
    return { type: 'BOOKMARK', object: { metadata: { resourceVersion: String(version), annotations } } };
  }

  #fault(): void {
    const fault = this.faults.shift();
    if (fault) throw fault;
  }

  #notify(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}

function written(name: string, { version, owned }: Held): unknown {
  return { metadata: { namespace: 'n', name, resourceVersion: String(version), owned } };
}

function gone(): ApiError {
  return new ApiError({ operation: 'list', status: 410, reason: 'Expired', message: 'too old' });
}

async function turn(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

/** A sink that knows the newest it was told of each object, and takes nothing older. */
class Witness {
  readonly #newest = new Map<string, number>();
  known = new Map<string, number>();

  replace(items: ReadonlyMap<string, number>): void {
    const before = this.known;
    this.known = new Map();
    for (const [key, version] of items) this.#check(key, version, before.has(key));
    this.known = new Map(items);
  }

  put(key: string, version: number): void {
    this.#check(key, version, this.known.has(key));
    this.known.set(key, version);
  }

  delete(key: string): void {
    this.known.delete(key);
  }

  #check(key: string, version: number, isKnown: boolean): void {
    const newest = this.#newest.get(key) ?? 0;
    // What was deleted can only come back as something newer.
    if (isKnown ? version < newest : version <= newest)
      this.faults.push(`${key}: ${version} after ${newest}`);
    this.#newest.set(key, Math.max(version, newest));
  }

  readonly faults: string[] = [];
}

type Command = (server: Server) => void;

const NAMES = fc.constantFrom('a', 'b', 'c', 'd');
const COMMANDS: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(NAMES, fc.boolean())
      .map(([name, owned]) => named(`put ${name} ${owned}`, (server) => server.put(name, owned))),
  },
  { weight: 3, arbitrary: NAMES.map((name) => named(`delete ${name}`, (server) => server.delete(name))) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(0, 2000).map((after) => named(`end ${after}`, (server) => server.cut(after))),
  },
  fc.constant(
    named('break', (server) =>
      server.cut(2000, { error: new ApiError({ operation: 'watch', message: 'reset' }) }),
    ),
  ),
  fc.constant(named('compact', (server) => server.compact())),
  fc.constant(named('bookmark', (server) => server.bookmark())),
  fc.nat(3).map((lag) =>
    named(`lag ${lag}`, (server) => {
      server.lag = lag;
    }),
  ),
  fc.boolean().map((streams) =>
    named(`streams ${streams}`, (server) => {
      server.streams = streams;
    }),
  ),
  fc
    .constantFrom(undefined, 401, 403, 410, 429, 500, 504)
    .map((status) =>
      named(`fault ${status}`, (server) =>
        server.faults.push(new ApiError({ operation: 'ask', status, message: 'so it is' })),
      ),
    ),
);

function sorted(versions: Iterable<readonly [string, number]>): readonly (readonly [string, number])[] {
  return [...versions].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** A command that tells what it is, where a property fails. */
function named(name: string, command: (server: Server) => unknown): Command {
  return Object.assign((server: Server): void => void command(server), { [fc.toStringMethod]: () => name });
}

function ignore(): void {}

test('whatever happens, the sink ends as the server is, and nothing goes back in time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(COMMANDS, fc.nat(4)), { maxLength: 40 }), async (commands) => {
      const server = new Server();
      const witness = new Witness();
      const stop = new AbortController();
      const reflector = new Reflector<number>({
        api: server,
        path: '/api/v1/pods',
        read: (object) => {
          const key = nameOf(object)?.key;
          if (key === undefined || fieldOf(object, 'metadata', 'owned') === true) return undefined;
          return { key, item: Number(resourceVersionOf(object)) };
        },
        sink: witness,
        observer: {
          onList: ignore,
          onListFailure: ignore,
          onSynced: ignore,
          onWatch: ignore,
          onWatchFailure: ignore,
          onEvent: ignore,
          onFailure: ignore,
          onRecovered: ignore,
        },
        pageSize: 2,
        clock: server.clock,
        random: () => 0,
        signal: stop.signal,
      });
      const running = reflector.run();
      for (const [command, turns] of commands) {
        command(server);
        for (let waited = 0; waited < turns; waited++) await turn();
      }
      const unowned = [...server.state].filter(([, { owned }]) => !owned);
      const truth = sorted(unowned.map(([name, { version }]) => [`n/${name}`, version]));
      const isTrue = (): boolean => isDeepStrictEqual(sorted(witness.known), truth);
      for (let waited = 0; waited < 200 && !(reflector.synced && isTrue()); waited++) await turn();
      stop.abort(new Error('the end'));
      await running;
      assert.deepEqual(sorted(witness.known), truth);
      assert.deepEqual(witness.faults, []);
    }),
    { numRuns: 300 },
  );
});
