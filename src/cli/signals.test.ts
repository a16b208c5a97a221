import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { watchSignals } from './signals.ts';

class FakeHost extends EventEmitter {
  readonly exits: number[] = [];
  readonly stderr: { readonly isTTY: boolean };

  constructor(isTTY: boolean) {
    super();
    this.stderr = { isTTY };
  }

  exit(code: number): void {
    this.exits.push(code);
  }
}

for (const [name, code] of [
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`the first ${name} aborts the work, the second ends the process`, () => {
    const host = new FakeHost(true);
    const interrupt = watchSignals(host);
    assert.equal(interrupt.received(), undefined);
    host.emit(name, name);
    assert.equal(interrupt.received(), name);
    assert.throws(() => interrupt.signal.throwIfAborted(), new Error(`interrupted by ${name}`));
    assert.deepEqual(host.exits, []);
    host.emit(name, name);
    assert.deepEqual(host.exits, [code]);
    interrupt.stop();
    assert.deepEqual(host.eventNames(), []);
  });
}

test('without a terminal its end is nothing to us: who was started by nohup goes on', () => {
  const host = new FakeHost(false);
  watchSignals(host);
  assert.deepEqual(host.eventNames(), ['SIGINT', 'SIGTERM']);
});
