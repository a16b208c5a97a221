import { isDigest } from '../../src/oci/index.ts';
import type { Mapped } from './images.ts';
import { scannerScript } from './scanner.ts';
import type { ShownRun, Stage } from './stage.ts';

/** The manifests before the gate: one of their images is found to be bad. */
export interface Trial {
  readonly stage: Stage;
  /** The run without a gate. */
  readonly first: ShownRun;
  /** The image that is found to be bad, where it is to go. */
  readonly bad: Mapped;
  /** All of them, likewise. */
  readonly images: readonly Mapped[];
  /** What their targets begin with. */
  readonly into: string;
  /** Where `args` has the report written. */
  readonly report: string;
  /** The words of the command, with more flags. */
  readonly args: (...more: readonly string[]) => readonly string[];
}

const LIMIT = '7';
/** Which image is bad, if the manifests have it. */
const FAVOURITE = /(?:^|\/)nginx[:@]/;

/** Makes a scanner that finds something in an image of the first run; undefined where that had none. */
export async function prepareTrial(
  stage: Stage,
  first: ShownRun,
  ignored: readonly string[],
): Promise<Trial | undefined> {
  const into = `${stage.registries.companyHost}/vetted`;
  const images = first.mapping.map((image) => ({
    ...image,
    tag: `${into}${image.tag.slice(stage.remotePath.length)}`,
  }));
  const bad = images.find(({ from }) => FAVOURITE.test(from)) ?? images[0];
  if (bad === undefined) return undefined;
  if (!isDigest(bad.digest)) throw new Error(`${bad.from} became "${bad.digest}"`);
  const script = await stage.write('scanner.sh', scannerScript(bad.digest));
  const report = stage.path('report.json');
  const gate = [
    '-vulncheck-max-cvss',
    LIMIT,
    '-vulncheck-command',
    `/bin/sh ${script}`,
    '-vulncheck-report-output',
    report,
  ];
  return {
    stage,
    first,
    bad,
    images,
    into,
    report,
    args: (...more) => stage.args({ ignored, into, more: [...gate, ...more] }),
  };
}
