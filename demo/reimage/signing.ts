import { columns, shortDigests } from '../paint.ts';
import { countLines } from './log-lines.ts';
import { drawCommand, drawCommandLine } from '../programs.ts';
import type { Voice } from '../voice.ts';
import type { Outcome } from './command.ts';
import { findCosign, type KeyPair, makeKeyPair, runCosign } from './cosign.ts';
import { AS_BEFORE } from './passage.ts';
import { counted } from './report.ts';
import { readSignatures } from './signatures.ts';
import type { Trial } from './trial.ts';

const INDENT = '  ';

/** Shows how what passed the gate is signed with a key of cosign, and verified. */
export async function showSigning(vetted: Trial, { paper, say, heading }: Voice): Promise<void> {
  const { stage, bad, images, args } = vetted;
  const cosign = await findCosign(stage);
  const keys = await makeKeyPair(cosign, stage);
  const more = ['-sign-cosign-key', keys.privateKey];
  heading('Signed', 'with a key of cosign, whose password is in COSIGN_PASSWORD');
  if (cosign === undefined)
    say('There is no cosign here to make a key: this one is public, in the repository.', '');
  else say(...drawCommandLine('cosign generate-key-pair', [], paper));
  say(...drawCommand(AS_BEFORE, more, paper), '');
  const env = { COSIGN_PASSWORD: keys.password };
  const first = await stage.runQuietly(args(...more), { code: 0, env });
  const signed = countLines(first.stderr, 'attested');
  const { companyStore } = stage.registries;
  for (const image of images) readSignatures(companyStore, image, keys.publicText);
  const { tag, bundle } = readSignatures(companyStore, bad, keys.publicText);
  const second = await stage.runQuietly(args(...more), { code: 0, env });
  const digests = new Set(images.map(({ digest }) => digest)).size;
  const again = countLines(second.stderr, 'attested');
  if (signed !== digests || again !== 0 || countLines(second.stderr, 'attested already') !== digests) {
    throw new Error(`of ${digests} images ${signed} were signed, and then ${again} again`);
  }
  say(
    `${counted(digests, 'image')} signed by digest, in two forms. ${bad.from} has now:`,
    '',
    ...columns(
      [
        [shortDigests(tag), 'a tag, for all versions of cosign'],
        [shortDigests(bundle), 'a referrer with the bundle of cosign 3'],
      ],
      { width: paper.width - INDENT.length },
    ).map((row) => INDENT + row),
    '',
    'Every signature holds, and a second run adds none.',
  );
  await showVerification(cosign, keys, vetted, { paper, say });
}

/** Has the real cosign verify both forms of one image. */
async function showVerification(
  program: string | undefined,
  { publicKey }: KeyPair,
  { stage, bad }: Trial,
  { paper, say }: Pick<Voice, 'paper' | 'say'>,
): Promise<void> {
  const image = `${bad.tag.slice(0, bad.tag.lastIndexOf(':'))}@${bad.digest}`;
  const flags = ['--key', publicKey, '--insecure-ignore-tlog=true'];
  if (program === undefined) {
    say('', 'cosign is not on PATH (github.com/sigstore/cosign). It would be asked so:', '');
    say(...drawCommandLine('cosign verify', [...flags, shortDigests(image)], paper));
    return;
  }
  say('', ...drawCommandLine('cosign verify', [...flags, shortDigests(image)], paper), '');
  const [bundle, tag] = await Promise.all(
    ['true', 'false'].map((isBundle) =>
      runCosign(program, ['verify', ...flags, `--new-bundle-format=${isBundle}`, image], stage),
    ),
  );
  const [ofBundle, ofTag] = [findingsIn(bundle), findingsIn(tag)];
  const common = ofTag.filter((line) => ofBundle.includes(line));
  if (!common.some((line) => line.includes('verified against the specified public key'))) {
    throw new Error(`cosign does not say what it verified: ${ofTag.join(', ')}`);
  }
  say('cosign says of the bundle, and with --new-bundle-format=false of the tag:', ...common);
}

/** What cosign says that it has verified, a line each. */
function findingsIn(outcome: Outcome | undefined): readonly string[] {
  return (outcome?.stderr ?? '').split('\n').filter((line) => line.startsWith('  - '));
}
