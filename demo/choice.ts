import { parseArgs } from 'node:util';

/** A command that the demo shows. */
export type Part = 'reimage' | 'exporter';

/** What the demo is to show. */
export interface Choice {
  readonly parts: readonly Part[];
  /** The manifests that `reimage` reads. */
  readonly files: readonly string[];
}

export const USAGE = 'usage: npm run demo -- [reimage] [-f FILE|DIR]...\n       npm run demo -- exporter';

const PARTS: readonly Part[] = ['reimage', 'exporter'];
const MANIFESTS = 'demo/manifests';

/** Reads the arguments of the demo: both commands without any, `reimage` alone with manifests of the user; throws `Error`. */
export function readChoice(args: readonly string[]): Choice {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { f: { type: 'string', short: 'f', multiple: true } },
    allowPositionals: true,
  });
  const [name, ...more] = positionals;
  const part = PARTS.find((one) => one === name);
  const fault = more[0] ?? (part === undefined ? name : undefined);
  if (fault !== undefined) throw new Error(`the demo has no part "${fault}" here`);
  if (values.f === undefined) return { parts: part === undefined ? PARTS : [part], files: [MANIFESTS] };
  if (part === 'exporter') throw new Error('-f names manifests for reimage: the exporter reads none');
  return { parts: ['reimage'], files: values.f };
}
