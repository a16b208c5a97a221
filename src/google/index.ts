export { createGoogleApi, type GoogleApiOptions } from './create-google-api.ts';
export { type GoogleApi, GoogleError, type GoogleRequest } from './google-api.ts';
export {
  type AnalysedImage,
  ContainerAnalysis,
  imageResource,
  occurrenceFilter,
} from './container-analysis.ts';
export { JsonReader } from './json-reader.ts';
export type {
  AttestationDetails,
  AttestationSignature,
  NewAttestation,
  Occurrence,
  VulnerabilityDetails,
} from './occurrence.ts';
