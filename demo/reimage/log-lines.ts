/** How many lines of a log in text have this message. */
export function countLines(log: string, message: string): number {
  const quoted = message.includes(' ') ? `"${message}"` : message;
  return log.split('\n').filter((line) => line.includes(` msg=${quoted} `)).length;
}
