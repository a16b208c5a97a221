export { type GoogleApi, GoogleError, type GoogleRequest } from './google-api.ts';
