import { cpus, totalmem } from 'node:os';
import type { RowResult } from './row.ts';
import { cellsOf, EXPORTER_SUMMARY_HEAD, headOf, SUMMARY_HEAD, summaryOf } from './table.ts';

const BEFORE = `# Performance

What our two programs need for some pieces of work, beside what other programs need for the same. This page is written by
the measurement itself:

    npm run --silent bench -- --markdown > docs/performance.md

and \`npm run bench -- copy\` measures one piece of work.
`;

const OF_REIMAGE = `
## reimage

Every figure is of a whole process, from its start until it is gone.
`;

const OF_EXPORTER = `
## container-image-exporter

The built program as its image runs it, with \`--max-semi-space-size=4\`, on a real kube-apiserver where nothing else is said.
`;

const AFTER = `
- **Registries.** Debian's \`docker-registry\`, in a process of its own, with its storage in memory. In front of it stands a link
  that holds every request and every new connection back for one round trip and wants a token, as Docker Hub does. The layer
  of 2 GB comes from and goes to the embedded registry, which makes the bytes up and forgets them. The 10,000 images that
  were copied before are in the embedded registry too, behind the same link; its tokens take a password, and each is good
  for the repositories that it was bought for.
- **The scanner** of *scan* is a shell script that sleeps for a second. **Google's services** of *attest* are doubles in a process
  of their own, with TLS, real keys, and a round trip for each request and each connection; all signatures are verified
  afterwards. Those of *sign* are verified by cosign itself, some of them.
- **Requests** are counted at the link, tokens included, those answered 401 not. **Blobs sent** are those uploaded; a mounted
  blob is not sent. **Peak memory** is the high water mark of the process's resident memory.
- **Other programs** are measured in the same run when they are on \`PATH\`. \`×4\` is one process an image, four at a time.
  Renaming is compared with copying all platforms of the images, pinning with looking them up.
- **Times ours** is the time of a program divided by that of ours. Our own figures are the median of several runs.
- **The cluster** is kube-apiserver 1.36 with etcd 3.6 and nothing else: no controllers and no kubelets. They, the registry
  and what is measured share the cores. Time until all is known is that of the first scrape in which every container has a
  digest; scrapes come four times a second until then, and the slowest is the slowest of those.
- **Longest stall** is how long the event loop was held up, as the exporter tells it in \`nodejs_eventloop_lag_max_seconds\`.
  **Settled memory** is what is resident some seconds after the last scrape. **API requests** are those for workloads
  and their secrets that kube-apiserver counted while 40 scrapes were made.
- **exporter-scale** has the embedded API server instead, as kube-apiserver does not hold 100,000 Pods beside all else on a
  small machine; *times ours* shows how scrapes grow: a tenth and ten times of the Pods.
- † was measured on two cores when the goals were set, not in this run, and of a range it is the best: the Go program reimage
  0.15, kbld 0.45, and the Go program container-image-exporter with the error mended that keeps it from compiling.
`;

/** Writes the page of figures. */
export function printMarkdown(
  results: readonly RowResult[],
  { node, date }: { readonly node: string; readonly date: string },
): string {
  const cores = cpus();
  const machine = `Measured on ${date} with Node ${node} on ${cores.length} cores (${cores[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB.\n`;
  const reimage = results.filter(({ row }) => row.us === undefined);
  const exporter = results.filter(({ row }) => row.us !== undefined);
  const parts = [part(OF_REIMAGE, SUMMARY_HEAD, reimage), part(OF_EXPORTER, EXPORTER_SUMMARY_HEAD, exporter)];
  return `${BEFORE}\n${machine}${parts.join('')}\n## How it is measured\n${AFTER}`;
}

/** What is told of one program; nothing where nothing of it was measured. */
function part(before: string, head: readonly string[], results: readonly RowResult[]): string {
  if (results.length === 0) return '';
  const rows = results.map(
    (result) =>
      `\n### ${result.row.name}\n\n${result.row.work}\n\n${table(headOf(result.row), cellsOf(result))}`,
  );
  return `${before}\n${table(head, results.map(summaryOf))}${rows.join('')}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ['---', ...head.slice(1).map(() => '---:')], ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
