/** Name, version and platform of a program, as `-V` prints them; the build puts the version in. */
export function versionText(program: string): string {
  const version = process.env.TALLYMAN_VERSION ?? 'development';
  return `${program} ${version} (tallyman, node ${process.version}, ${process.platform}/${process.arch})\n`;
}
