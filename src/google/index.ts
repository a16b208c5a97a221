export { createGoogleApi, type GoogleApiOptions } from './create-google-api.ts';
export { type GoogleApi, GoogleError, type GoogleRequest } from './google-api.ts';
