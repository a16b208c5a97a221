import { createKeychain } from '../credentials/index.ts';
import {
  type CredentialFault,
  Exporter,
  ExporterMetrics,
  PullKeychains,
  SecretReader,
} from '../exporter/index.ts';
import { type Listener, processSource, startProbeServer, startScrapeServer } from '../exposition/index.ts';
import { type Environment, systemClock } from '../http/index.ts';
import { type ApiServer, createApiServer, loadClientConfig } from '../kubernetes/index.ts';
import {
  hostCertificates,
  type Keychain,
  loadRegistriesConf,
  type RateLimit,
  type RegistriesConf,
  RegistryClient,
} from '../registry/index.ts';
import { processEnvironment } from './environment.ts';
import type { EXPORTER_FLAGS } from './exporter-flags.ts';
import { type ExporterSettings, readExporterSettings } from './exporter-options.ts';
import type { ParsedFlags } from './go-flags.ts';
import { createLog, type Log } from './log.ts';
import { procfs } from './procfs.ts';
import { watchSignals } from './signals.ts';
import { revision, version } from './version.ts';

const FAILURE = 1;
/** Milliseconds that scrapes have to end in. */
const GRACE = 3000;
/** The look-ups are scheduled by the exporter, so that the client itself neither waits for long nor tries often. */
const PACE = {
  width: 20,
  patience: 0,
  tries: 2,
  firstPause: 30_000,
  longestPause: 3_600_000,
  leastRetryAfter: 1000,
  mostRetryAfter: 3_600_000,
};

/** Everything that the parts of the exporter share in one process. */
interface Frame {
  readonly settings: ExporterSettings;
  readonly environment: Environment;
  readonly metrics: ExporterMetrics;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Runs `container-image-exporter` in a process until a signal ends it, and tells its exit code; throws `UsageError`. */
export async function runExporter(
  flags: ParsedFlags<typeof EXPORTER_FLAGS>,
  host: NodeJS.Process,
): Promise<number> {
  const settings = readExporterSettings(flags);
  const interrupt = watchSignals(host);
  const log = createLog({
    format: settings.logFormat,
    level: settings.logLevel,
    now: () => new Date(),
    write: (line) => void host.stderr.write(line),
  });
  const metrics = new ExporterMetrics(
    { version: version(), revision: revision(), nodeVersion: host.versions.node },
    processSource(procfs),
  );
  // What fails after the start ends everything as a signal does.
  const failed = new AbortController();
  const signal = AbortSignal.any([interrupt.signal, failed.signal]);
  try {
    await serve({ settings, environment: processEnvironment(), metrics, log, signal });
    log.info('ended', { signal: interrupt.received() });
    return 0;
  } catch (error) {
    if (interrupt.received() !== undefined) return 0;
    log.error(error instanceof Error ? error.message : String(error));
    return FAILURE;
  } finally {
    failed.abort();
    interrupt.stop();
  }
}

async function serve(frame: Frame): Promise<void> {
  const { settings, environment, metrics, log, signal } = frame;
  const config = await loadClientConfig({
    environment,
    clock: systemClock,
    nodeVersion: process.versions.node,
    kubeconfig: settings.kubeconfig,
  });
  log.info('starting', { version: version(), cluster: config.server.host, configuration: config.source });
  const api = createApiServer(config, {
    clock: systemClock,
    userAgent: `container-image-exporter/${version()}`,
    onRequest: ({ verb, path, status, milliseconds }) =>
      log.debug('request', { verb, path, status, milliseconds }),
  });
  const listeners: Listener[] = [];
  let exporter: Exporter | undefined;
  let client: RegistryClient | undefined;
  try {
    const path = settings.registriesConf;
    const registries = await loadRegistriesConf(environment, path === undefined ? {} : { path });
    const keychain = openKeychain(frame, registries);
    client = openClient(frame, {
      keychain,
      registries,
      onRateLimit: (registry, limit) => exporter?.noteRateLimit(registry, limit),
    });
    const running = new Exporter({
      ...settings,
      api,
      registry: client,
      access: pullAccess(frame, api, keychain),
      metrics,
      log,
      clock: systemClock,
      random: Math.random,
      signal,
    });
    exporter = running;
    const scrapes = await startScrapeServer({
      address: settings.metricsAddress,
      flag: '--metrics-bind-address',
      program: 'container-image-exporter',
      clock: systemClock,
      sections: () => metrics.sections(),
      self: metrics.self,
    });
    if (scrapes) listeners.push(scrapes);
    const probes = await startProbeServer({
      address: settings.probeAddress,
      flag: '--health-probe-bind-address',
      clock: systemClock,
      unready: () => running.unready(),
    });
    if (probes) listeners.push(probes);
    log.info('listening', { metrics: scrapes?.address ?? 'none', probes: probes?.address ?? 'none' });
    await running.run();
  } finally {
    await Promise.all(listeners.map((listener) => listener.close(GRACE)));
    client?.close();
    api.close();
  }
}

function openKeychain(
  { settings, environment, metrics: { self }, log }: Frame,
  registries: RegistriesConf,
): Keychain {
  return createKeychain({
    environment,
    clock: systemClock,
    warn: (message) => log.warn(message),
    credentialHelpers: registries.credentialHelpers,
    clouds: settings.clouds,
    cloudObserver: {
      onFault: ({ source, reason, message }) => {
        self.credentialFailures.add({ source, reason });
        log.warn('a cloud gives no credentials', { source, reason, error: message });
      },
      onToken: ({ source, expires }) => self.tokenExpiry.set({ source }, expires / 1000),
    },
  });
}

function pullAccess(
  { settings, metrics: { self }, log, signal }: Frame,
  api: ApiServer,
  base: Keychain,
): PullKeychains {
  const onFault = ({ source, reason, message, repeated }: CredentialFault): void => {
    self.credentialFailures.add({ source, reason });
    if (!repeated) log.warn('credentials cannot be read', { source, reason, error: message });
  };
  const reader = new SecretReader({ api, clock: systemClock, signal, onFault });
  return new PullKeychains({ reader: settings.pullSecrets ? reader : undefined, base, onFault });
}

interface ClientParts {
  readonly keychain: Keychain;
  readonly registries: RegistriesConf;
  readonly onRateLimit: (registry: string, limit: RateLimit) => void;
}

function openClient(
  { environment, metrics: { self }, log, signal }: Frame,
  { keychain, registries, onRateLimit }: ClientParts,
): RegistryClient {
  const complained = new Set<string>();
  const client = new RegistryClient({
    keychain,
    registries,
    certificates: (registry) => hostCertificates(registry, environment),
    variables: environment.variables,
    signal,
    pace: PACE,
    guard: 'cluster',
    onWarning: (text) => log.warn(text),
    onRequest: ({ registry, method, status, milliseconds, rateLimit, failure }) => {
      log.debug('request', { registry, method, status, milliseconds });
      self.registryRequest({
        host: registry,
        method,
        milliseconds,
        status: status === 0 ? undefined : status,
        reason: failure ?? 'other',
      });
      if (status === 429 || status === 503) complained.add(registry);
      if (!rateLimit) return;
      self.rateLimit(registry, rateLimit.limit, rateLimit.remaining);
      onRateLimit(registry, rateLimit);
    },
  });
  self.onCollect(() => {
    for (const registry of complained) {
      const until = client.pausedUntil(registry);
      if (until === undefined) complained.delete(registry);
      else self.backoff(registry, until);
    }
  });
  return client;
}
