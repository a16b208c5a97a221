import { RESOURCES, type Resource } from '../kubernetes/index.ts';
import { parsePlatform, type Platform } from '../oci/index.ts';
import { EXPORTER_FLAGS } from './exporter-flags.ts';
import { invalid, oneOf } from './flag-fault.ts';
import { type ParsedFlags, UsageError } from './go-flags.ts';
import type { LogLevel } from './log.ts';

/** What the flags of `container-image-exporter` come to. */
export interface ExporterSettings {
  readonly metricsAddress: string;
  readonly probeAddress: string;
  readonly kubeconfig: string | undefined;
  readonly resources: readonly Resource[];
  readonly imageVolumes: boolean;
  readonly pullSecrets: boolean;
  readonly clouds: boolean;
  /** Undefined takes the first image of an index. */
  readonly platform: Platform | undefined;
  /** Milliseconds. */
  readonly cacheDuration: number;
  readonly registriesConf: string | undefined;
  readonly logLevel: LogLevel;
  readonly logFormat: 'text' | 'json';
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const FORMATS = ['text', 'json'] as const;

/** Turns flags into settings. Throws `UsageError`. */
export function readExporterSettings({ values, rest }: ParsedFlags<typeof EXPORTER_FLAGS>): ExporterSettings {
  if (rest.length > 0) throw new UsageError(`unexpected argument "${rest[0]}"`);
  const duration = values['cache-duration'];
  return {
    metricsAddress: values['metrics-bind-address'],
    probeAddress: values['health-probe-bind-address'],
    kubeconfig: values.kubeconfig || undefined,
    resources: resources(values.resources),
    imageVolumes: values['image-volumes'],
    pullSecrets: values['k8s-keychain'],
    clouds: values['cloud-keychains'],
    platform: values.platform === '' ? undefined : platform(values.platform),
    // Nothing and less means the default, as in the Go program.
    cacheDuration: duration > 0 ? duration : EXPORTER_FLAGS['cache-duration'].default,
    registriesConf: values['registries-conf'] || undefined,
    logLevel: oneOf('log-level', values['log-level'], LEVELS),
    logFormat: oneOf('log-format', values['log-format'], FORMATS),
  };
}

function resources(list: string): readonly Resource[] {
  if (list === EXPORTER_FLAGS.resources.default) return RESOURCES;
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !RESOURCES.some((resource) => resource.name === name));
  if (unknown !== undefined) {
    const known = RESOURCES.map(({ name }) => name).join(', ');
    throw new UsageError(`invalid value "${list}" for flag -resources: "${unknown}" is not one of ${known}`);
  }
  return RESOURCES.filter(({ name }) => names.includes(name));
}

function platform(text: string): Platform {
  try {
    return parsePlatform(text);
  } catch (error) {
    throw invalid('platform', text, error);
  }
}
