import { readFile, writeFile } from 'node:fs/promises';

/**
 * Adds to package-lock.json the optional packages of platforms that `npm install` left out, as it does where it
 * cannot see them; `npm ci` refuses a lock without them, on every platform.
 */

interface LockEntry {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const OS = [
  'android',
  'darwin',
  'freebsd',
  'win32',
  'openharmony',
  'netbsd',
  'openbsd',
  'sunos',
  'aix',
  'linux',
];
const CPU = ['arm64', 'x64', 'ia32', 'riscv64', 'ppc64', 's390x', 'loong64', 'mips64el', 'arm'];

const LOCK = 'package-lock.json';
const lock: { packages: Record<string, LockEntry> } = JSON.parse(await readFile(LOCK, 'utf8'));

for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    lock.packages[`node_modules/${name}`] ??= platformEntry(name, version);
  }
}
const sorted = Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries(sorted);
await writeFile(LOCK, `${JSON.stringify(lock, undefined, 2)}\n`);

/** Platform packages name their platform; so does the entry, or npm would want them everywhere. */
function platformEntry(name: string, version: string): LockEntry {
  const short = name.slice(name.lastIndexOf('/') + 1).replace('windows', 'win32');
  const os = OS.find((candidate) => short.includes(candidate));
  const cpu = CPU.find((candidate) => new RegExp(`(^|-)${candidate}`).test(short));
  if (os === undefined || cpu === undefined) throw new Error(`${name} does not name its platform`);
  const libc = short.includes('musl') ? ['musl'] : short.includes('gnu') ? ['glibc'] : undefined;
  const platform = { cpu: [cpu], dev: true, ...(libc ? { libc } : {}), optional: true, os: [os] };
  return { version, ...platform };
}
