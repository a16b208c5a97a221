import { type ProgressSnapshot, renderProgress } from './progress.ts';

/** What the live lines need of the world. */
export interface ProgressOptions {
  /** How far the run is, asked for at every frame. */
  snapshot(): ProgressSnapshot;
  write(text: string): void;
  /** Width of the terminal, which may change. */
  columns(): number;
  /** Milliseconds from some fixed point. */
  readonly clock: () => number;
  /** Calls back every so many milliseconds until the function it returns is called. */
  readonly every: (milliseconds: number, callback: () => void) => () => void;
  readonly color: boolean;
}

/** Live lines at the end of a terminal. */
export interface Progress {
  /** Prints a text above the live lines. */
  interleave(text: string): void;
  /** Clears the live lines for good. */
  stop(): void;
}

const FRAME_MS = 100;
/** A run that is over at once shows nothing, so nothing flashes. */
const FIRST_FRAME_MS = 300;
/** A change of the rate has settled by two thirds after this. */
const SMOOTHING_MS = 3000;
// Between these a terminal shows no half-drawn frame; one that does not know them ignores them.
const HOLD = '\u001b[?2026h';
const SHOW = '\u001b[?2026l';
const CLEAR_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** Shows a run's progress until it is stopped; every frame is one write. */
export function startProgress(options: ProgressOptions): Progress {
  return new LiveLines(options);
}

class LiveLines implements Progress {
  readonly #options: ProgressOptions;
  readonly #started: number;
  readonly #cancel: () => void;
  readonly #rate: Rate;
  /** Widths of the lines that are on the screen. */
  #shown: readonly number[] = [];
  #stopped = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#started = options.clock();
    this.#rate = new Rate(this.#started);
    this.#cancel = options.every(FRAME_MS, () => this.#draw());
  }

  interleave(text: string): void {
    const whole = text.endsWith('\n') ? text : `${text}\n`;
    this.#options.write(this.#stopped ? whole : HOLD + this.#erase() + whole + this.#frame() + SHOW);
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancel();
    const erase = this.#erase();
    if (erase !== '') this.#options.write(erase);
  }

  #draw(): void {
    if (this.#stopped) return;
    const frame = this.#home() + this.#frame();
    if (frame !== '') this.#options.write(HOLD + frame + SHOW);
  }

  #frame(): string {
    const now = this.#options.clock();
    const snapshot = this.#options.snapshot();
    const rate = this.#rate.update(now, snapshot.bytes);
    const elapsed = now - this.#started;
    if (elapsed < FIRST_FRAME_MS) return '';
    const columns = this.#options.columns();
    const plain = renderProgress(snapshot, elapsed, columns, rate);
    const lines = renderProgress(snapshot, elapsed, columns, rate, { color: this.#options.color });
    this.#shown = plain.map((line) => line.length);
    return lines.map((line) => line + CLEAR_LINE_END).join('\n') + CLEAR_BELOW;
  }

  #erase(): string {
    if (this.#shown.length === 0) return '';
    const home = this.#home() + CLEAR_BELOW;
    this.#shown = [];
    return home;
  }

  /** To the start of the first live line; a terminal made narrower has broken long lines into several. */
  #home(): string {
    if (this.#shown.length === 0) return '';
    const columns = Math.max(this.#options.columns(), 1);
    let rows = -1;
    for (const width of this.#shown) rows += Math.max(Math.ceil(width / columns), 1);
    return rows > 0 ? `\r\u001b[${rows}A` : '\r';
  }
}

/** Bytes a second, smoothed over time however often it is asked. */
class Rate {
  #at: number;
  #bytes = 0;
  #value: number | undefined;

  constructor(now: number) {
    this.#at = now;
  }

  update(now: number, bytes: number): number {
    const passed = now - this.#at;
    if (passed > 0 && (this.#value !== undefined || bytes > 0)) {
      const current = ((bytes - this.#bytes) * 1000) / passed;
      const weight = 1 - Math.exp(-passed / SMOOTHING_MS);
      this.#value = this.#value === undefined ? current : this.#value + (current - this.#value) * weight;
    }
    if (passed > 0) {
      this.#at = now;
      this.#bytes = bytes;
    }
    return this.#value ?? 0;
  }
}
