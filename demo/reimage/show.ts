import { readFile } from 'node:fs/promises';
import type { Paper } from '../paint.ts';
import { drawCommand } from '../programs.ts';
import type { Voice } from '../voice.ts';
import { showBinauthz } from './binauthz.ts';
import { COMMAND } from './command.ts';
import { drawDiff, sectionsOf } from './diff-view.ts';
import type { Image } from './images.ts';
import { counted, drawMapping, drawRuns, size } from './report.ts';
import { showPassage } from './passage.ts';
import { showRejection } from './rejection.ts';
import { showSigning } from './signing.ts';
import type { ShownRun, Stage } from './stage.ts';
import { prepareTrial } from './trial.ts';

/** Shows what `reimage` does with the manifests of a stage; throws what stops it. */
export async function showReimage(stage: Stage, voice: Voice): Promise<void> {
  const { paper, say, heading } = voice;
  const { images, stream } = await stage.scan();
  if (images.length === 0) {
    say('There is no image in these manifests.');
    return;
  }
  const { hosts, madeUp, impossible } = await stage.supply(images);
  const args = stage.args({
    ignored: impossible,
    more: ['-write-json-mappings-file', stage.mappingFile],
  });

  say(...introduction(stage, hosts, paper));
  say(...remark('The demo has no such images, so it made up a small one for each:', madeUp, paper));
  say(
    ...remark('Pinned to the bytes of the real image, which are not here; passed over:', impossible, paper),
  );
  say('', ...drawCommand(COMMAND, args, paper));
  const first = await stage.run(args);

  const sections = sectionsOf(stream, await contentsOf(images));
  const { text, changed } = drawDiff(stream, first.output, sections, paper);
  const lines = stream.split('\n').length - 1;
  heading('What changed', `${changed} of ${lines} lines; digests are cut short here`);
  say(...text);

  heading('What became what', `all below ${stage.remotePath}/, tagged with the digest`);
  say(...drawMapping(first.mapping, `${stage.remotePath}/`, paper));

  checkCopies(first, stage);
  const second = await stage.run(args);
  if (second.output !== first.output) throw new Error('the second run printed something else than the first');
  heading('What was sent', 'and what the same command sends when it runs again');
  say(
    ...drawRuns(
      [
        { title: 'first run', ...first },
        { title: 'second run', ...second },
      ],
      paper,
    ),
  );
  say('', ...conclusion(first, second));
  const trial = await prepareTrial(stage, first, impossible);
  if (trial !== undefined) {
    await showRejection(trial, voice);
    const vetted = await showPassage(trial, voice);
    await showSigning(vetted, voice);
    await showBinauthz(vetted, voice);
  }
  say('');
}

function introduction(stage: Stage, hosts: readonly string[], paper: Paper): string[] {
  const { publicHost, companyHost } = stage.registries;
  const width = Math.max(publicHost.length, companyHost.length);
  return [
    '',
    `${paper.paint('reimage', 'strong')} finds every image in Kubernetes manifests, checks that it exists,`,
    'copies it to your registry and pins it there by digest. Every other byte comes',
    'out as it went in.',
    '',
    paper.paint('Nothing here leaves this machine: two small registries run inside this demo.', 'quiet'),
    `  ${publicHost.padEnd(width)}  ${paper.paint('stands in for', 'quiet')} ${hosts.join(', ')}`,
    `  ${companyHost.padEnd(width)}  ${paper.paint('is your own, still empty', 'quiet')}`,
  ];
}

function remark(text: string, names: readonly string[], paper: Paper): string[] {
  return names.length === 0 ? [] : ['', paper.paint(text, 'warning'), ...names.map((name) => `  ${name}`)];
}

async function contentsOf(images: readonly Image[]): Promise<ReadonlyMap<string, string>> {
  const names = images.flatMap(({ files }) => files);
  const contents = new Map<string, string>();
  for (const name of [...new Set(names)].toSorted()) contents.set(name, await readFile(name, 'utf8'));
  return contents;
}

/** A demonstration must not claim what is not so. */
function checkCopies({ mapping }: ShownRun, { registries }: Stage): void {
  for (const { from, tag, digest } of mapping) {
    const there = registries.companyDigest(tag);
    if (there !== digest)
      throw new Error(`${from} was to be ${digest} at ${tag}, and is ${there ?? 'not there'}`);
    const lacking = registries.lacking(from, tag);
    if (lacking.length > 0) throw new Error(`${from} came to ${tag} without ${lacking.join(', ')}`);
  }
}

function conclusion({ mapping, traffic }: ShownRun, second: ShownRun): string[] {
  if (mapping.length === 0) return ['There was no image to copy: the second run printed the same.'];
  const again = second.traffic.blobs === 0 ? 'nothing' : `${second.traffic.blobs} blobs`;
  return [
    `${counted(mapping.length, 'image')} copied whole, with platforms, signatures and attestations, each still with`,
    `its digest: ${traffic.blobs} blobs sent (${size(traffic.bytes)}), ${traffic.mounted} mounted, as another image had them already.`,
    `The second run printed the same, and sent ${again}.`,
  ];
}
