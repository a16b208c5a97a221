/** What an image runs on, as in the OCI image specification. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  /** Of Windows: `10.0.20348.2762`. */
  readonly osVersion?: string;
}

/** A text that names no platform; the message says how one is written. */
export class PlatformError extends Error {
  override name = 'PlatformError';
}

const WORD = '[A-Za-z0-9_.-]+';
const PLATFORM = new RegExp(`^(${WORD})/(${WORD})(?:/(${WORD}))?(?::(${WORD}))?$`);

/** Names of architectures that are others' names elsewhere, with the variant that they imply. */
const ARCHITECTURES: Readonly<Record<string, readonly [architecture: string, variant?: string]>> = {
  i386: ['386'],
  x86_64: ['amd64'],
  'x86-64': ['amd64'],
  aarch64: ['arm64'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
};

/** The variants that an architecture has where none is named. */
const ORDINARY: Readonly<Record<string, string>> = { amd64: 'v1', arm64: 'v8', arm: 'v7' };

/** Reads `os/architecture[/variant][:os.version]`, normalised; throws `PlatformError`. */
export function parsePlatform(text: string): Platform {
  const [, os, architecture, variant, osVersion] = PLATFORM.exec(text) ?? [];
  if (os === undefined || architecture === undefined) {
    throw new PlatformError(
      `platform "${text}" is not of the form os/architecture[/variant][:os.version], as linux/arm64`,
    );
  }
  return normalisePlatform({
    os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    ...(osVersion === undefined ? {} : { osVersion }),
  });
}

/** The usual names, as containerd's: `aarch64/8` is `arm64`, `x86_64` is `amd64`; a variant only where it is not the ordinary one. */
export function normalisePlatform({ os, architecture, variant, osVersion }: Platform): Platform {
  const name = os.toLowerCase();
  const written = architecture.toLowerCase();
  const [usual, implied] = ARCHITECTURES[written] ?? [written];
  const level =
    implied ??
    variant
      ?.toLowerCase()
      .replace(/^(?=\d)/, 'v')
      .replace(/^(v\d+)\.0$/, '$1');
  return {
    os: name === 'macos' ? 'darwin' : name,
    architecture: usual,
    ...(level === undefined || level === '' || level === ORDINARY[usual] ? {} : { variant: level }),
    ...(osVersion === undefined || osVersion === '' ? {} : { osVersion }),
  };
}

/** How demanding a normalised platform's variant is, as a number that can be compared; undefined for one that is no level. */
export function variantLevel({
  architecture,
  variant = ORDINARY[architecture],
}: Platform): number | undefined {
  const level = /^v(\d+(?:\.\d+)?)$/.exec(variant ?? 'v0')?.[1];
  return level === undefined ? undefined : Number(level);
}

/** Reads a platform from JSON as it is written there; undefined where it names no system. */
export function readPlatform(value: unknown): Platform | undefined {
  const os = stringField(value, 'os');
  const architecture = stringField(value, 'architecture');
  if (os === undefined || architecture === undefined) return undefined;
  const variant = stringField(value, 'variant') ?? '';
  const osVersion = stringField(value, 'os.version') ?? '';
  return {
    os,
    architecture,
    ...(variant === '' ? {} : { variant }),
    ...(osVersion === '' ? {} : { osVersion }),
  };
}

function stringField(value: unknown, name: string): string | undefined {
  const field: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return typeof field === 'string' ? field : undefined;
}
