export { Exporter } from './exporter.ts';
export { ExporterMetrics } from './exporter-metrics.ts';
export { FAMILIES } from './families.ts';
export { PullKeychains } from './pull-keychains.ts';
export { SecretReader } from './secret-reader.ts';
export type { CredentialFault } from './secret-reader-objects.ts';
