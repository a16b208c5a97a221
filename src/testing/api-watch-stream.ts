import type { ServerResponse } from 'node:http';
import type { Status } from './api-status.ts';

/** How a watch goes wrong: an ERROR event and the end, a clean end, a cut connection, half an event before it, no word more. */
export type WatchEnd = 'end' | 'cut' | 'mid-line' | 'silent' | { readonly error: Status };

/** A watch that goes wrong after so many events. */
export interface WatchTrouble {
  readonly afterEvents: number;
  readonly end: WatchEnd;
}

/** Lines that are written together at most. */
const BATCH = 256;

/** The answer to one watch: lines of JSON in order, at the speed of the client. */
export class WatchStream {
  readonly #response: ServerResponse;
  readonly #trouble: WatchTrouble | undefined;
  #queue: string[] = [];
  #sent = 0;
  #draining = false;
  #over = false;
  #ending = false;
  #cut = false;

  constructor(response: ServerResponse, trouble: WatchTrouble | undefined) {
    this.#response = response;
    this.#trouble = trouble;
    response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' });
    response.flushHeaders();
    if (trouble?.afterEvents === 0 && trouble.end !== 'mid-line') this.finish(trouble.end);
  }

  /** Sends an event; `object` is JSON. */
  send(type: string, object: string): void {
    if (this.#over) return;
    const line = `{"type":"${type}","object":${object}}\n`;
    const { afterEvents, end } = this.#trouble ?? { afterEvents: Number.POSITIVE_INFINITY, end: 'end' };
    if (this.#sent === afterEvents && end === 'mid-line') {
      this.#queue.push(line.slice(0, line.length >> 1));
      this.finish('cut');
      return;
    }
    this.#sent++;
    this.#queue.push(line);
    this.#pump();
    if (this.#sent === afterEvents && end !== 'mid-line') this.finish(end);
  }

  /** Ends the stream in one of the ways in which watches end, after all that was sent before. */
  finish(end: WatchEnd): void {
    if (this.#over) return;
    if (typeof end === 'object') this.#queue.push(`{"type":"ERROR","object":${JSON.stringify(end.error)}}\n`);
    if (end === 'mid-line') this.#queue.push('{"type":"MODIFIED","object":{"kind":"');
    this.#over = true;
    if (end === 'silent') return;
    this.#ending = true;
    this.#cut = end === 'cut' || end === 'mid-line';
    this.#pump();
  }

  #pump(): void {
    if (this.#draining) return;
    while (this.#queue.length > 0) {
      const lines = this.#queue.splice(0, BATCH);
      if (this.#response.write(lines.join(''))) continue;
      this.#draining = true;
      this.#response.once('drain', () => {
        this.#draining = false;
        this.#pump();
      });
      return;
    }
    if (!this.#ending) return;
    if (this.#cut) this.#response.socket?.destroySoon();
    else this.#response.end();
  }
}
