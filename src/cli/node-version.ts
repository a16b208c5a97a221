/** The oldest Node.js that the programs run on, as in package.json. */
const OLDEST = [22, 19] as const;

/** What is wrong with the Node.js that a program was started with, in a sentence; undefined where nothing is. */
export function nodeFault(
  program: string,
  { versions, execPath }: Pick<NodeJS.Process, 'versions' | 'execPath'>,
): string | undefined {
  const [major = 0, minor = 0] = versions.node.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return undefined;
  return (
    `${program} needs Node.js ${OLDEST.join('.')} or later, and ${execPath} is ${versions.node}: ` +
    'install a newer one, and put it first on the PATH'
  );
}
