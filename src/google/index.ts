export { createGoogleApi, type GoogleApiOptions } from './create-google-api.ts';
export { type GoogleApi, GoogleError, type GoogleRequest } from './google-api.ts';
export { ContainerAnalysis, occurrenceFilter } from './container-analysis.ts';
export type { Occurrence, VulnerabilityDetails } from './occurrence.ts';
