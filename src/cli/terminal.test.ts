import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ProgressSnapshot } from './progress.ts';
import { type Progress, startProgress } from './terminal.ts';

const MiB = 2 ** 20;
const ESCAPE = '\u001b';
/** A control sequence or a character. */
const PIECE = new RegExp(`${ESCAPE}\\[\\??([0-9;]*)([A-Za-z])|[^]`, 'gu');
const RUNNING: ProgressSnapshot = {
  phase: 'resolving',
  images: 4,
  resolved: 1,
  toCopy: 0,
  copied: 0,
  toScan: 0,
  scanned: 0,
  toAttest: 0,
  attested: 0,
  bytes: 0,
  totalBytes: 0,
  requests: 3,
};

/** A terminal that knows what the live lines use: line feeds, carriage returns, cursor up, and two ways to erase. */
class Screen {
  columns: number;
  readonly written: string[] = [];
  #rows: string[] = [''];
  #row = 0;
  #column = 0;

  constructor(columns: number) {
    this.columns = columns;
  }

  write(text: string): void {
    this.written.push(text);
    for (const [piece, count, command] of text.matchAll(PIECE)) {
      if (command === undefined) this.#put(piece);
      else this.#control(command, Number(count || 1));
    }
  }

  get writes(): number {
    return this.written.length;
  }

  get text(): string {
    return this.#rows.join('\n').trimEnd();
  }

  /** The cursor is where the next line of a shell would be written. */
  get cursor(): readonly [number, number] {
    return [this.#row, this.#column];
  }

  /** Breaks what has become too wide, as terminals do. */
  resize(columns: number): void {
    this.columns = columns;
    this.#rows = this.#rows.flatMap((row) => row.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? ['']);
    this.#row = this.#rows.length - 1;
  }

  #put(character: string): void {
    if (character === '\r') this.#column = 0;
    else if (character === '\n') {
      this.#row++;
      this.#column = 0;
      this.#rows[this.#row] ??= '';
    } else {
      assert.ok(this.#column < this.columns, 'written past the edge');
      const row = (this.#rows[this.#row] ?? '').padEnd(this.#column);
      this.#rows[this.#row] = row.slice(0, this.#column) + character + row.slice(this.#column + 1);
      this.#column++;
    }
  }

  #control(command: string, count: number): void {
    if (command === 'A') this.#row = Math.max(this.#row - count, 0);
    if (command === 'K' || command === 'J')
      this.#rows[this.#row] = (this.#rows[this.#row] ?? '').slice(0, this.#column);
    if (command === 'J') this.#rows.length = this.#row + 1;
    assert.ok('AKJhlm'.includes(command), `unknown command ${command}`);
  }
}

interface Run {
  readonly screen: Screen;
  readonly progress: Progress;
  readonly ticking: () => boolean;
  readonly tick: (milliseconds: number, change?: Partial<ProgressSnapshot>) => string;
}

function start(columns = 80, color = false): Run {
  const screen = new Screen(columns);
  let now = 1000;
  let snapshot = RUNNING;
  let callback: (() => void) | undefined;
  const progress = startProgress({
    snapshot: () => snapshot,
    write: (text) => screen.write(text),
    columns: () => screen.columns,
    clock: () => now,
    every: (_, next) => {
      callback = next;
      return () => {
        callback = undefined;
      };
    },
    color,
  });
  return {
    screen,
    progress,
    ticking: () => callback !== undefined,
    tick: (milliseconds, change = {}) => {
      now += milliseconds;
      snapshot = { ...snapshot, ...change };
      callback?.();
      return screen.text;
    },
  };
}

suite('live progress', () => {
  test('nothing is shown of a run that is over at once', () => {
    const { screen, progress, tick, ticking } = start();
    tick(100);
    tick(100);
    progress.stop();
    assert.deepEqual(
      { text: screen.text, writes: screen.writes, ticking: ticking() },
      { text: '', writes: 0, ticking: false },
    );
  });

  test('a frame takes the place of the one before, in one write', () => {
    const { screen, tick } = start();
    assert.equal(
      tick(360),
      '⠸ Resolving ━━━━━━━━━━──────────────────────────────  1/4 images\n            3 requests',
    );
    assert.equal(screen.writes, 1);
    assert.equal(
      tick(120, { resolved: 3, requests: 7 }),
      '⠼ Resolving ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━──────────  3/4 images\n            7 requests',
    );
    assert.equal(screen.writes, 2);
    assert.equal(tick(120, { phase: 'reading', requests: 0 }), '⠴ Reading   4 images');
  });

  test('log lines go above, in one write with the frame they move', () => {
    const { screen, progress, tick } = start();
    progress.interleave('before the first frame\n');
    tick(360);
    const { writes } = screen;
    progress.interleave('one');
    progress.interleave('two\nthree\n');
    assert.equal(screen.writes, writes + 2);
    assert.deepEqual(screen.text.split('\n').slice(0, 4), ['before the first frame', 'one', 'two', 'three']);
    assert.match(screen.text, /^⠸ Resolving .*\n +3 requests$/m);
    progress.stop();
    assert.equal(screen.text, 'before the first frame\none\ntwo\nthree');
    assert.deepEqual(screen.cursor, [4, 0]);
    progress.interleave('after');
    assert.equal(screen.text, 'before the first frame\none\ntwo\nthree\nafter');
  });

  test('it clears itself, once', () => {
    const { screen, progress, tick, ticking } = start();
    tick(500);
    progress.stop();
    const { writes } = screen;
    progress.stop();
    tick(500);
    assert.deepEqual(
      { text: screen.text, writes: screen.writes, ticking: ticking() },
      { text: '', writes, ticking: false },
    );
    assert.deepEqual(screen.cursor, [0, 0]);
  });

  test('a terminal made narrower keeps nothing of the wider frame', () => {
    const { screen, tick } = start(80);
    tick(360);
    screen.resize(30);
    assert.equal(tick(0), '⠸ Resolving 1/4 images\n  3 requests');
  });

  test('the rate is smoothed, and gives the time left', () => {
    const { tick } = start();
    const copying = { phase: 'copying', toCopy: 4, totalBytes: 1000 * MiB } as const;
    tick(1000, { ...copying, bytes: 0 });
    assert.match(tick(1000, { bytes: 100 * MiB }), /100 MiB of 1000 MiB · 100 MiB\/s · 9 s left/);
    assert.match(tick(1000, { bytes: 200 * MiB }), / 100 MiB\/s · 8 s left/);
    // A second without a byte takes a bit more than a quarter off.
    assert.match(tick(1000, {}), / 71.7 MiB\/s · 12 s left/);
    // However many frames that second has.
    const other = start();
    other.tick(1000, { ...copying, bytes: 0 });
    other.tick(1000, { bytes: 100 * MiB });
    other.tick(1000, { bytes: 200 * MiB });
    for (let frame = 0; frame < 9; frame++) other.tick(100);
    assert.match(other.tick(100), / 71.7 MiB\/s · 12 s left/);
  });

  test('colour is only there where it is wanted', () => {
    for (const color of [true, false]) {
      const { screen, tick } = start(80, color);
      assert.match(tick(360), /^⠸ Resolving ━/);
      assert.equal(screen.written.join('').includes(`${ESCAPE}[36m`), color);
    }
  });
});
