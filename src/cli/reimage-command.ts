import { createKeychain } from '../credentials/index.ts';
import { type ImageRules, type ManifestFile, NO_RULES, parseRules } from '../manifest/index.ts';
import { createGoogleApi } from '../google/index.ts';
import { type Environment, systemClock } from '../http/index.ts';
import { hostCertificates, loadRegistriesConf, RegistryClient } from '../registry/index.ts';
import {
  run,
  type RunContext,
  RunError,
  type RunProgress,
  type RunResult,
  startOfRun,
} from '../reimage/index.ts';
import { PolicyError } from '../vulnerability/index.ts';
import { type AttestSettings, readAttestSettings } from './attest-options.ts';
import { processEnvironment } from './environment.ts';
import { readManifestFiles, readText, replaceFile } from './files.ts';
import { type GateSettings, idleGateFlags, readGateSettings } from './gate-options.ts';
import { type FlagValues, type ParsedFlags, UsageError } from './go-flags.ts';
import { createLog, type Log } from './log.ts';
import { keepHeapSmall } from './memory.ts';
import { openLogFile } from './log-file.ts';
import type { REIMAGE_FLAGS } from './reimage-flags.ts';
import { readOptions } from './reimage-options.ts';
import { Screen, withScreen } from './screen.ts';
import { SIGNAL_EXIT, watchSignals } from './signals.ts';

type ReimageFlags = typeof REIMAGE_FLAGS;

const FAILURE = 1;
const REJECTED = 3;

/** Where manifests come from and what is printed, if it is not all as in a filter. */
export interface Caller {
  read(): Promise<readonly ManifestFile[]>;
  /** What to print of a run that succeeded. */
  succeeded(output: Uint8Array, rules: ImageRules): Uint8Array;
  /** What to print of a run that failed: nothing that could be applied. */
  failed(error: unknown, rules: ImageRules): Uint8Array;
}

/** Runs `reimage` in a process and tells its exit code; throws `UsageError` for flags that make no sense. */
export async function runReimage(
  flags: ParsedFlags<ReimageFlags>,
  host: NodeJS.Process,
  caller?: Caller,
): Promise<number> {
  const { values } = flags;
  const options = readOptions(flags, host.env);
  // Tens of thousands of images pass through, and little is kept of each.
  if (options.mappingsOnly) keepHeapSmall();
  const gate = readGateSettings(flags);
  const attest = readAttestSettings(flags);
  if (!values['mappings-only'] && values.f.length === 0 && host.stdin.isTTY) {
    throw new UsageError('no manifests: pipe them in, or name files and folders with -f');
  }
  const interrupt = watchSignals(host);
  const progress = startOfRun();
  const screen = new Screen(host.stderr, progress, {
    live: host.stderr.isTTY && values['log-format'] === 'text' && !values.debug,
    color: (host.env.NO_COLOR ?? '') === '',
  });
  const log = openLog(values, host.env, screen);
  let client: RegistryClient | undefined;
  let rules = NO_RULES;
  try {
    if (gate) await (await import('./gate-stage.ts')).openReport(gate);
    const rulesFile = values['rules-config'];
    if (rulesFile !== '') rules = parseRules(await readText(rulesFile), rulesFile);
    const environment = processEnvironment();
    client = await openClient(environment, values, log, progress, interrupt.signal);
    if (!gate) warnOfIdleFlags(flags, log);
    if (values['grafeas-parent'] !== '' && !attest.binauthz && gate?.scanner.kind !== 'grafeas')
      log.warn(
        '-grafeas-parent has no effect without -binauthz-attestor or a gate by -vulncheck-method grafeas',
      );
    const services = await openServices({ gate, attest }, { client, environment });
    const result = await run(
      { ...options, rules },
      {
        client,
        log,
        progress,
        signal: interrupt.signal,
        ...services,
        readManifests: () => caller?.read() ?? readManifestFiles(values.f, host.stdin, interrupt.signal),
        readFile: readText,
        writeFile: replaceFile,
      },
    );
    screen.stop();
    await print(host.stdout, caller ? caller.succeeded(result.output, rules) : result.output);
    finish(result, progress, screen, log);
    return 0;
  } catch (error) {
    const name = interrupt.received();
    if (name === undefined) for (const message of messagesOf(error)) log.error(message);
    else log.error(`interrupted by ${name}; nothing was printed`);
    if (caller)
      await print(host.stdout, caller.failed(error, rules)).catch((fault: unknown) =>
        log.error(String(fault)),
      );
    if (name !== undefined) return SIGNAL_EXIT[name] ?? FAILURE;
    return error instanceof RunError && error.rejected ? REJECTED : FAILURE;
  } finally {
    screen.stop();
    client?.close();
    interrupt.stop();
  }
}

/** A gate that was set up in part rejects nothing, which must not go unsaid. */
function warnOfIdleFlags(flags: ParsedFlags<ReimageFlags>, log: Log): void {
  const idle = idleGateFlags(flags);
  if (idle.length === 0) return;
  log.warn(
    `nothing is scanned without -vulncheck-max-cvss or -vulncheck-max-risk: ${idle.join(', ')} has no effect`,
  );
}

/** The gate and the attesters, whose code is loaded only where they are wanted. */
async function openServices(
  { gate, attest }: { readonly gate: GateSettings | undefined; readonly attest: AttestSettings },
  { client, environment }: { readonly client: RegistryClient; readonly environment: Environment },
): Promise<Pick<RunContext, 'gate' | 'attesters'>> {
  // Looks for no credentials and connects to nothing before it is called.
  const google = createGoogleApi({ environment });
  const services = { client, google, variables: environment.variables };
  // Templates of reports print whatever variable they are asked for.
  const { COSIGN_PASSWORD: _, ...others } = environment.variables;
  const wantsAttesters = attest.binauthz !== undefined || attest.cosignKey !== undefined;
  return {
    gate:
      gate &&
      (await (await import('./gate-stage.ts')).createGateStage(gate, { ...services, variables: others })),
    attesters: wantsAttesters ? await (await import('./attesters.ts')).createAttesters(attest, services) : [],
  };
}

async function openClient(
  environment: Environment,
  values: FlagValues<ReimageFlags>,
  log: Log,
  progress: RunProgress,
  signal: AbortSignal,
): Promise<RegistryClient> {
  const path = values['registries-conf'];
  const registries = await loadRegistriesConf(environment, path === '' ? {} : { path });
  const keychain = createKeychain({
    environment,
    clock: systemClock,
    warn: (message) => log.warn(message),
    credentialHelpers: registries.credentialHelpers,
    clouds: values['cloud-keychains'],
  });
  return new RegistryClient({
    keychain,
    registries,
    certificates: (registry) => hostCertificates(registry, environment),
    variables: environment.variables,
    signal,
    onWarning: (text) => log.warn(text),
    onRequest: ({ registry, method, status, milliseconds }) => {
      progress.requests++;
      log.debug('request', { registry, method, status, milliseconds });
    },
  });
}

function openLog(values: FlagValues<ReimageFlags>, variables: NodeJS.ProcessEnv, screen: Screen): Log {
  const keep = openLogFile(values['log-file'], variables, (message) => screen.logLine(`${message}\n`));
  const log = createLog({
    format: values['log-format'] === 'json' ? 'json' : 'text',
    level: values.debug ? 'debug' : 'info',
    now: () => new Date(),
    write: (line) => {
      keep?.(line);
      screen.logLine(line);
    },
  });
  return withScreen(log, screen);
}

/** Writes all of the output; a reader that went away is a failure. */
async function print(stdout: NodeJS.WriteStream, output: Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void =>
      reject(new Error(`cannot write the output: ${error.message}`, { cause: error }));
    stdout.once('error', fail);
    stdout.write(output, (error) => (error ? fail(error) : resolve()));
  });
}

function finish({ report }: RunResult, progress: RunProgress, screen: Screen, log: Log): void {
  progress.phase = 'done';
  const { images, ignored, copied, present, changed } = report;
  const { bytes, blobsSent, blobsMounted, requests, scanned, attested } = progress;
  log.info('done', {
    images,
    ignored,
    changed,
    copied,
    present,
    bytes,
    blobsSent,
    blobsMounted,
    ...(scanned > 0 ? { scanned } : {}),
    ...(attested > 0 ? { attested } : {}),
    requests,
  });
  screen.summary();
}

function messagesOf(error: unknown): readonly string[] {
  if (error instanceof RunError) return error.failures.map(({ message }) => message);
  if (error instanceof PolicyError) return error.faults;
  if (error instanceof AggregateError) return error.errors.flatMap(messagesOf);
  return [error instanceof Error ? error.message : String(error)];
}
