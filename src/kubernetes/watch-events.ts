import { setImmediate as nextTurn } from 'node:timers/promises';
import type { WatchEvent } from './api.ts';
import { ContentError } from './content-error.ts';
import { LineSplitter } from './event-lines.ts';

export interface WatchEventsOptions {
  /** Milliseconds; any clock that runs while we work. */
  readonly now: () => number;
  /** Lets everything else have its turn. */
  readonly turn?: () => Promise<unknown>;
}

/** How long events are read and worked on before everything else has its turn, in milliseconds. */
const SLICE = 10;

/**
 * The events of a watch's bytes, in batches; what comes after the last line end is no event. Never works for much longer
 * than a slice of time without giving others a turn, however many events are there at once. Throws where a line is too
 * long or no event.
 */
export async function* readWatchEvents(
  chunks: AsyncIterable<Buffer>,
  { now, turn = nextTurn }: WatchEventsOptions,
): AsyncGenerator<readonly WatchEvent[], void, undefined> {
  const lines = new LineSplitter();
  let worked = 0;
  for await (const chunk of chunks) {
    let started = now();
    let batch: WatchEvent[] = [];
    for (const line of lines.push(chunk)) {
      if (line.trim() === '') continue;
      batch.push(parseEvent(line));
      if (worked + now() - started < SLICE) continue;
      yield batch;
      batch = [];
      await turn();
      worked = 0;
      started = now();
    }
    if (batch.length > 0) yield batch;
    // What the consumer did with the batch counts, too.
    worked += now() - started;
    if (worked >= SLICE) {
      await turn();
      worked = 0;
    }
  }
}

function parseEvent(line: string): WatchEvent {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    throw new ContentError('the server sent a line that is not JSON');
  }
  if (typeof event === 'object' && event !== null) {
    const type: unknown = Reflect.get(event, 'type');
    if (typeof type === 'string') return { type, object: Reflect.get(event, 'object') };
  }
  throw new ContentError('the server sent a line that is no watch event');
}
