import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProcessMetrics, type ProcessSource } from './process-metrics.ts';
import { processSource } from './process-source.ts';
import { textOf } from './test-section-text.ts';

const SOURCE: ProcessSource = {
  startTime: 1_700_000_000.5,
  cpuSeconds: () => 1.25,
  memory: () => ({ rss: 4, heapTotal: 3, heapUsed: 2, external: 1 }),
  virtualMemory: () => 5,
  openFds: () => 6,
  maxFds: () => 7,
  longestLag: () => 0.5,
};

function samples(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

test('a process is told of', async () => {
  assert.deepEqual(samples(await textOf(new ProcessMetrics(SOURCE).sections(), 'text')), [
    'nodejs_eventloop_lag_max_seconds 0.5',
    'nodejs_external_memory_bytes 1',
    'nodejs_heap_size_total_bytes 3',
    'nodejs_heap_size_used_bytes 2',
    'process_cpu_seconds_total 1.25',
    'process_max_fds 7',
    'process_open_fds 6',
    'process_resident_memory_bytes 4',
    'process_start_time_seconds 1700000000.5',
    'process_virtual_memory_bytes 5',
  ]);
});

test('what the system does not say has no sample', async () => {
  const silent = {
    ...SOURCE,
    virtualMemory: () => undefined,
    openFds: () => undefined,
    maxFds: () => undefined,
  };
  const text = await textOf(new ProcessMetrics(silent).sections(), 'text');
  assert.doesNotMatch(text, /fds|virtual/);
});

test('procfs is read', () => {
  const files = new Map([
    ['/proc/self/status', 'Name:\tnode\nVmPeak:\t  1300 kB\nVmSize:\t  1200 kB\nVmRSS:\t 40 kB\n'],
    [
      '/proc/self/limits',
      'Limit                     Soft Limit           Hard Limit           Units     \n' +
        'Max open files            1024                 524288               files     \n',
    ],
  ]);
  const source = processSource({ read: (path) => files.get(path), count: () => 21 });
  assert.equal(source.virtualMemory(), 1_228_800);
  assert.equal(source.maxFds(), 1024);
  assert.equal(source.openFds(), 20);
  const none = processSource({ read: () => undefined, count: () => undefined });
  assert.deepEqual([none.virtualMemory(), none.maxFds(), none.openFds()], [undefined, undefined, undefined]);
});

test('this process has times and memory', () => {
  const source = processSource({ read: () => undefined, count: () => undefined });
  assert.ok(source.startTime > 1_700_000_000 && source.startTime <= Date.now() / 1000);
  assert.ok(source.cpuSeconds() > 0);
  assert.ok(source.memory().rss > source.memory().heapUsed);
  assert.ok(source.longestLag() >= 0);
});
