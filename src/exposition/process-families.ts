import { counter, gauge } from './family.ts';

/** What is told of the process, under the names that clients of Prometheus share. */
export const PROCESS_FAMILIES = {
  cpu: counter('process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.'),
  maxFds: gauge('process_max_fds', 'Maximum number of open file descriptors.'),
  openFds: gauge('process_open_fds', 'Number of open file descriptors.'),
  residentMemory: gauge('process_resident_memory_bytes', 'Resident memory size in bytes.'),
  startTime: gauge('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.'),
  virtualMemory: gauge('process_virtual_memory_bytes', 'Virtual memory size in bytes.'),
  eventLoopLag: gauge(
    'nodejs_eventloop_lag_max_seconds',
    'Longest delay of the event loop since the scrape before.',
  ),
  externalMemory: gauge('nodejs_external_memory_bytes', 'Memory outside of the heap that objects hold.'),
  heapTotal: gauge('nodejs_heap_size_total_bytes', 'Size of the heap.'),
  heapUsed: gauge('nodejs_heap_size_used_bytes', 'Size of what is on the heap.'),
} as const;
