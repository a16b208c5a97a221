import { counter, gauge, histogram } from '../exposition/index.ts';

const PREFIX = 'container_image_exporter_';

/** What the exporter tells of itself. */
export const SELF_FAMILIES = {
  buildInfo: gauge(`${PREFIX}build_info`, 'Always 1, with what this exporter is built from and runs on.', [
    'node_version',
    'revision',
    'version',
  ]),
  objects: gauge(`${PREFIX}objects`, 'Objects of the cluster that are known.', ['resource']),
  synced: gauge(`${PREFIX}synced`, '1 once all objects of the resource were read, 0 before.', ['resource']),
  lists: counter(`${PREFIX}lists_total`, 'Lists of all objects that were begun.', ['resource']),
  listFailures: counter(`${PREFIX}list_failures_total`, 'Lists of all objects that failed.', [
    'reason',
    'resource',
  ]),
  watches: counter(`${PREFIX}watches_total`, 'Watches that were begun.', ['resource']),
  watchFailures: counter(`${PREFIX}watch_failures_total`, 'Watches that failed or were broken off.', [
    'reason',
    'resource',
  ]),
  lastEvent: gauge(
    `${PREFIX}last_event_timestamp_seconds`,
    'When the API server last sent anything of the resource, as Unix time.',
    ['resource'],
  ),
  registryRequests: counter(
    `${PREFIX}registry_requests_total`,
    'Requests to registries that were answered.',
    ['code', 'host', 'method'],
  ),
  registryRequestFailures: counter(
    `${PREFIX}registry_request_failures_total`,
    'Requests to registries that had no answer.',
    ['host', 'reason'],
  ),
  registryRequestDuration: histogram(
    `${PREFIX}registry_request_duration_seconds`,
    'How long registries took to answer.',
    ['host'],
  ),
  ratelimitLimit: gauge(
    `${PREFIX}registry_ratelimit_limit`,
    'Pulls that the registry allows in its period, as it last said.',
    ['host'],
  ),
  ratelimitRemaining: gauge(
    `${PREFIX}registry_ratelimit_remaining`,
    'Pulls that are left in the period of the registry, as it last said.',
    ['host'],
  ),
  backoffUntil: gauge(
    `${PREFIX}registry_backoff_until_timestamp_seconds`,
    'Until when the registry is left alone because it asked for that, as Unix time.',
    ['host'],
  ),
  lookupQueueLength: gauge(`${PREFIX}lookup_queue_length`, 'Images whose look-up is due and has not begun.'),
  lookupsInFlight: gauge(`${PREFIX}lookups_in_flight`, 'Look-ups of images that are under way.'),
  lookupLag: gauge(`${PREFIX}lookup_lag_seconds`, 'For how long the oldest look-up in the queue is overdue.'),
  images: gauge(
    `${PREFIX}images`,
    'Image references that workloads name, by what the last look-up came to.',
    ['reason'],
  ),
  cacheEntries: gauge(`${PREFIX}cache_entries`, 'Entries of the cache.', ['cache']),
  cacheHits: counter(`${PREFIX}cache_hits_total`, 'Questions that the cache answered.', ['cache']),
  cacheMisses: counter(`${PREFIX}cache_misses_total`, 'Questions that the cache could not answer.', [
    'cache',
  ]),
  credentialFailures: counter(
    `${PREFIX}credential_failures_total`,
    'Credentials that could not be read or fetched.',
    ['reason', 'source'],
  ),
  tokenExpiry: gauge(
    `${PREFIX}token_expiry_timestamp_seconds`,
    'When the token of a source of credentials that expires next does so, as Unix time.',
    ['source'],
  ),
  series: gauge(`${PREFIX}series`, 'Series of the family.', ['family']),
  seriesDropped: counter(
    `${PREFIX}series_dropped_total`,
    'Series that were left out, as with a label set that was there already.',
    ['family', 'reason'],
  ),
  scrapeDuration: histogram(
    `${PREFIX}scrape_duration_seconds`,
    'How long scrapes took, from the request to the last byte.',
  ),
  scrapesInFlight: gauge(`${PREFIX}scrapes_in_flight`, 'Scrapes that are under way.'),
} as const;
