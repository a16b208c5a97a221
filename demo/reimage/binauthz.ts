import { columns } from '../paint.ts';
import { drawCommand } from '../programs.ts';
import type { Voice } from '../voice.ts';
import { type Asked, Google } from './google.ts';
import { AS_BEFORE } from './passage.ts';
import type { Trial } from './trial.ts';

const INDENT = '  ';
const NONE = '–';

/** Shows how what passed the gate is attested for Google's Binary Authorization. */
export async function showBinauthz(vetted: Trial, { paper, say, heading }: Voice): Promise<void> {
  const { stage, images, args } = vetted;
  await using google = await Google.start(stage);
  if (google === undefined) {
    heading('Binary Authorization', 'skipped: openssl is not on PATH (apt-get install openssl)');
    return;
  }
  const more = ['-binauthz-attestor', google.attestor];
  heading('Attested', "for Binary Authorization; Google's APIs run in this demo, too");
  say(...drawCommand(AS_BEFORE, more, paper), '');
  const run = async (): Promise<Asked> => {
    await stage.runQuietly(args(...more), { code: 0, env: google.env });
    return google.takeAsked();
  };
  const [first, second] = [await run(), await run()];
  const digests = new Set(images.map(({ digest }) => digest)).size;
  check(first, { attestors: 1, lookedUp: digests, signed: digests, verified: digests, stored: digests });
  check(second, { attestors: 1, lookedUp: digests, signed: 0, verified: 0, stored: 0 });
  for (const image of images) {
    const count = google.attestations(image);
    if (count !== 1) throw new Error(`${image.from} is attested ${count} times`);
  }
  const row = (name: string, key: keyof Asked): string[] => [name, cell(first[key]), cell(second[key])];
  const [title = '', ...lines] = columns(
    [
      ['', 'first run', 'second run'],
      row('attestor read', 'attestors'),
      row('images looked up', 'lookedUp'),
      row('signed by Cloud KMS', 'signed'),
      row('verified by Binary Authorization', 'verified'),
      row('occurrences made', 'stored'),
    ],
    { width: paper.width - INDENT.length, right: [1, 2] },
  );
  say(
    paper.paint(INDENT + title, 'quiet'),
    ...lines.map((line) => INDENT + line),
    '',
    'Every attestation holds, for the digest that was scanned, copied and printed.',
  );
}

function cell(count: number): string {
  return count === 0 ? NONE : String(count);
}

/** A demonstration must not claim what is not so. */
function check(asked: Asked, wanted: Asked): void {
  const [is, ought] = [JSON.stringify(asked), JSON.stringify(wanted)];
  if (is !== ought) throw new Error(`Google was asked ${is} and not ${ought}`);
}
