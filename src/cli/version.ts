/** The version of the package; the build puts it in. */
export function version(): string {
  return process.env.TALLYMAN_VERSION ?? 'development';
}

/** The commit that was built; empty where the build did not know it. */
export function revision(): string {
  return process.env.TALLYMAN_REVISION ?? '';
}

/** Name, version and platform of a program, as `-V` prints them. */
export function versionText(program: string): string {
  return `${program} ${version()} (tallyman, node ${process.version}, ${process.platform}/${process.arch})\n`;
}
