import { cpus, totalmem } from 'node:os';
import type { RowResult } from './row.ts';
import { cellsOf, HEAD, SUMMARY_HEAD, summaryOf } from './table.ts';

const BEFORE = `# Performance

What \`reimage\` needs for seven pieces of work, beside what other programs need for the same. This page is written by the
measurement itself:

    npm run --silent bench -- --markdown > docs/performance.md

and \`npm run bench -- copy\` measures one piece of work. Every figure is of a whole process, from its start until it is gone.
`;

const AFTER = `
- **Registries.** Debian's \`docker-registry\`, in a process of its own, with its storage in memory. In front of it stands a link
  that holds every request and every new connection back for one round trip and wants a token, as Docker Hub does. The layer
  of 2 GB comes from and goes to the embedded registry, which makes the bytes up and forgets them.
- **Requests** are counted at the link, tokens included, those answered 401 not. **Blobs sent** are those uploaded; a mounted
  blob is not sent. **Peak memory** is the high water mark of the process's resident memory.
- **Other programs** are measured in the same run when they are on \`PATH\`. \`×4\` is one process an image, four at a time.
  Renaming is compared with copying all platforms of the images, pinning with looking them up.
- **Times ours** is the time of a program divided by that of \`reimage\`. Our own figures are the median of several runs.
- † was measured on two cores when the goals were set, not in this run: the Go program reimage 0.15 and kbld 0.45.
`;

/** Writes the page of figures. */
export function printMarkdown(
  results: readonly RowResult[],
  { node, date }: { readonly node: string; readonly date: string },
): string {
  const cores = cpus();
  const machine = `Measured on ${date} with Node ${node} on ${cores.length} cores (${cores[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB.\n`;
  const parts = results.map(
    (result) => `\n## ${result.row.name}\n\n${result.row.work}\n\n${table(HEAD, cellsOf(result))}`,
  );
  return `${BEFORE}\n${machine}\n${table(SUMMARY_HEAD, results.map(summaryOf))}${parts.join('')}\n## How it is measured\n${AFTER}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ['---', ...head.slice(1).map(() => '---:')], ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
