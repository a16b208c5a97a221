export { Exporter, type ExporterOptions } from './exporter.ts';
export { FAMILIES } from './families.ts';
export type { Family } from './family.ts';
export { ListenError } from './listen-address.ts';
export type { Listener } from './listener.ts';
export type { ExporterLog } from './log.ts';
export { startProbeServer } from './probe-server.ts';
export { startScrapeServer } from './scrape-server.ts';
export { SelfMetrics } from './self-metrics.ts';
