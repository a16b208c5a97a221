import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/** A test by its file, and its title or the text of its row in a table. */
type Witness = readonly [file: string, title: string];

const gate = (title: string): Witness => ['test/e2e/gate-cases.ts', `gate: ${title}`];
const policy = (title: string): Witness => ['test/e2e/gate-policy-cases.ts', `gate: ${title}`];
const attest = (title: string): Witness => ['test/e2e/attest.test.ts', title];
const grafeas = (title: string): Witness => ['test/e2e/gate-grafeas.test.ts', title];
const grafeasScanner = (title: string): Witness => ['src/vulnerability/grafeas.test.ts', title];
const passage = (title: string): Witness => ['src/reimage/passage.test.ts', title];
const refusal = (title: string): Witness => ['test/e2e/refusal-cases.ts', `refused: ${title}`];
const pipeline = (title: string): Witness => ['test/e2e/pipeline-cases.ts', title];
const finder = (title: string): Witness => ['src/manifest/finder.test.ts', title];
const usage = (text: string): Witness => ['test/e2e/usage.test.ts', text];

const ONE_DIGEST: Witness = [
  'test/e2e/one-digest.test.ts',
  '${mode.name}: the tag moves at every step, and once at each',
];
const REJECTED = gate(
  'what is rejected is not copied, nothing is printed or mapped, and all rejections are told at once',
);
const NO_GOOGLE = grafeas(
  'without a gate of Google and an attestor nothing is asked of Google, nor of a metadata server',
);

/** Each fault of the Go program (v0.15), and the tests that would see it here. */
const FAULTS: readonly (readonly [fault: string, ...witnesses: Witness[]])[] = [
  [
    'manifests are printed before the gate, and partly before a late error',
    REJECTED,
    refusal('one image of several is not there, and nothing is copied'),
  ],
  [
    'rejected images are copied',
    REJECTED,
    passage('does not copy what it rejects, attests nothing, writes no mapping, but reports'),
  ],
  [
    'gate, mapping and signature may be of other bytes than the copy',
    ONE_DIGEST,
    ['test/e2e/disturbance.test.ts', '${moment}: copied, recorded and printed is what was looked up'],
  ],
  [
    'one image is scanned as another, for workers share their arguments',
    gate('forty images on four workers, never more scanners at a time, each digest once'),
    ['src/vulnerability/command-scanner.test.ts', 'the image is the last argument, of every call its own'],
  ],
  [
    'no workers are no gate, and fewer a crash',
    usage('-vulncheck-workers must be at least 1, not 0'),
    usage('-vulncheck-workers must be at least 1, not -3'),
  ],
  [
    'a dry run signs, and scans targets that nobody copied',
    gate('a dry run scans the source and writes nowhere but the report'),
    attest('are not touched by a dry run'),
    grafeas('does not wait in a dry run for what is not copied'),
  ],
  [
    'images that the gate skipped or never saw are attested',
    attest(
      'need the gate where there is one: what it skips is not attested, and what it rejects leaves none',
    ),
    passage('what it did not look at is copied and not attested, with a warning'),
  ],
  [
    'two sources share one target unseen',
    refusal('two digests that would be one target'),
    ['src/reimage/plan.test.ts', 'collisions are told however the copies would go'],
  ],
  [
    'the payload has a key that is misspelt, and a repository with a digest',
    attest(
      'are made once for each image, in the form that Binary Authorization verifies, and are there the next time',
    ),
    ['src/attestation/payload.test.ts', 'the payload has the bytes that gcloud writes'],
  ],
  [
    'an old attestation counts whatever it says',
    [
      'src/attestation/binauthz.test.ts',
      'what is there already counts when a key of the attestor signed that it is this image',
    ],
    [
      'src/attestation/payload.test.ts',
      'signed bytes speak of an image, whatever their layout, and of nothing else',
    ],
  ],
  [
    "the attestor's first key is its only one, and has no other name than the flag's",
    attest('are signed with the key that is asked for, by the name that the attestor has for it'),
    ['src/attestation/signing-key.test.ts', 'of several keys the first that can sign does'],
    [
      'src/attestation/signing-key.test.ts',
      'what cannot sign for the attestor is told before anything is done',
    ],
    ['test/attestation/openssl.test.ts', 'openssl verifies what Cloud KMS signed, with keys of every kind'],
  ],
  [
    'what Google cannot scan passes, what failed is waited for, and an old discovery is read',
    grafeas('of an image that Google cannot scan is a failure, unless that is allowed'),
    grafeas('whose scan failed fails at once, in the words of Google'),
    grafeas('copies first, waits until the scan is done, and judges what it found'),
    grafeasScanner('is told by what was ${name} last'),
  ],
  [
    'waits go on past their deadline, and one comes after the last try',
    grafeas('that comes to no end says how far it was: by time, and by tries'),
    grafeasScanner('ends with its time, in the middle of a wait'),
    grafeasScanner('is looked at once more for each retry, and not waited for after the last'),
  ],
  ['credentials of Google are needed for other scanners', NO_GOOGLE],
  [
    'scores are assumed or unread, and a limit of risks does nothing for scanners without any',
    policy('a score at the limit is accepted and one above is not, both as the mapping prints them'),
    policy('risks of grype have a limit of their own, and trivy, which has none, is refused with it'),
    ['src/vulnerability/scan-format.test.ts', 'the score of trivy'],
    usage('-vulncheck-max-risk: scans of Google have no risk'),
    usage('-vulncheck-max-risk: the JSON of trivy has no risk'),
  ],
  [
    'one platform of an index is scanned, and a digest once for each of its names',
    gate(
      '-vulncheck-platforms scans the platforms that are wanted, each by its digest, and never attestations',
    ),
    gate('forty images on four workers, never more scanners at a time, each digest once'),
  ],
  [
    'a failed scan leaves no report, and a run that was rejected a mapping',
    ['test/e2e/gate.test.ts', '${verdict}: as JSON, SARIF, HTML and by a template'],
    REJECTED,
  ],
  [
    'entries of ignore lists are not trimmed, and count as unused without a reason',
    policy('the ignore list excuses for all images or for some, and says what it was not good for'),
    policy('an ignore file excuses with a reason, until the day that it names'),
    [
      'src/vulnerability/ignore-rules.test.ts',
      'the values of the list add up, each for all images or for some',
    ],
  ],
  [
    'newer fields, comments, order, quotes and anchors are lost',
    [
      'src/manifest/edit.property.test.ts',
      'new images are read back by another reader, and nothing else has changed',
    ],
    ['test/e2e/bytes.test.ts', 'joined: ${name}'],
  ],
  [
    'documents without kind vanish, and one that cannot be parsed ends a print in its middle',
    ['src/manifest/manifest.test.ts', 'odd documents come through with nothing but images changed'],
    refusal('YAML that cannot be read, in the third document'),
  ],
  [
    'lists, templates, old versions, ephemeral containers and image volumes are passed over',
    finder('every image position of a pod spec, for each shape of workload'),
    finder(
      'lists are searched: mixed, nested, typed with items that do not say what they are, of unknown kinds',
    ),
    refusal('-fail-on-unmatched with an image that no rule finds, until the rule that it prints is there'),
  ],
  [
    'rules never reach built-in kinds, and only the first that matches is heard',
    finder('rules of a user apply to all kinds they match, built-in ones and items of lists too'),
    ['test/e2e/bytes.test.ts', 'kinds that only rules know, and further places of known ones'],
  ],
  [
    'what is no image ends the run where rules or placeholders lead to it',
    finder('what is no string in the place of an image is a problem, with its place'),
    finder('what is no reference yet is neither a site nor a problem'),
  ],
  [
    'work and errors come in another order each time, and a failed print is no failure',
    refusal('all failures at once, in the order of the input'),
    ['test/e2e/process.test.ts', 'a reader that went away is a failure'],
  ],
  [
    '-ignore sees two spellings of an image',
    pipeline('each regexp sees the text as written, not another spelling of it'),
    policy(
      '-ignore is not scanned, -rename-ignore is scanned where it is, -vulncheck-ignore-images is copied unseen',
    ),
  ],
  [
    'nginx is not found under its long name in a mapping',
    [
      'test/e2e/mapping-file-cases.ts',
      "mapping file: the Go program's, its keys in any case, is understood, and nginx finds its long name",
    ],
    ['test/e2e/mapping-file-cases.ts', 'mapping: an image that it does not have is refused'],
    [
      'test/e2e/mapping-file-cases.ts',
      'mapping: -allow-missing lets an image that it does not have keep its name, as -rename-ignore would',
    ],
  ],
  [
    'a tag beside a digest is lost, and a port breaks the default template',
    pipeline('a digest beside a tag decides, whatever the tag holds'),
    pipeline('forced digests, renamed or not, and tags kept beside them'),
    pipeline('one image: resolved, copied, renamed, printed'),
  ],
  [
    'an empty registry cannot be filled from a mapping',
    [
      'test/e2e/mapping-file-cases.ts',
      '-mappings-only fills an empty registry from a mapping, less what is ignored',
    ],
  ],
  [
    '-no-copy prints targets that nobody looked at',
    refusal('-no-copy with a target that is not there, with -dryrun too'),
    refusal('-no-copy and -clobber with a target that holds something else'),
  ],
  [
    'flags are named that are not there, and a bad expression is a crash',
    usage('${flag} prints every flag to standard output'),
    usage('invalid value "(" for flag -ignore: error parsing regexp: missing closing ): `(`'),
    ['test/docs.test.ts', 'no document names a flag that does not exist'],
  ],
  [
    'the first entry of a mapping image is read whatever it is called, and however long it is',
    [
      'test/e2e/mapping-image-cases.ts',
      "mapping image: the Go program's is understood, and others are refused",
    ],
    ['src/reimage/mapping-image.test.ts', 'a layer that is larger than any mapping is not even read'],
  ],
  [
    'each occurrence is resolved alone, by a client of its own',
    ['test/e2e/copy-cases.ts', 'copy: the requests of a first run, a second, and one that only pins'],
    pipeline('names of Docker Hub: two spellings are one image, looked up once'),
  ],
  [
    'a failed HEAD is asked again by GET, and a target that may not be read ends the run',
    [
      'test/e2e/disturbance.test.ts',
      'HEAD without a digest is followed by GET, and only then; a missing image by nothing',
    ],
    [
      'test/e2e/disturbance.test.ts',
      'a target that may not be read is taken for absent, and the push tells the truth',
    ],
  ],
  [
    'signatures and referrers stay behind',
    ['test/e2e/copy-cases.ts', 'copy: signatures and referrers come along, unless -no-referrers says not'],
  ],
  [
    'attestations have no bound, only the first error is told, and the exit code is always 1',
    ['src/google/google-wire.test.ts', 'no more requests at a time than wanted'],
    ['src/reimage/pool.test.ts', 'never more at a time than the width, and each item once'],
    refusal('all failures at once, in the order of the input'),
    gate('a failed scan beside a rejection is a failure'),
    REJECTED,
  ],
];

test('each of the thirty-five faults of the Go program has a test that would see it', () => {
  assert.equal(FAULTS.length, 35);
  const root = join(import.meta.dirname, '../..');
  const missing = FAULTS.flatMap(([fault, ...witnesses]) => {
    assert.ok(witnesses.length > 0, fault);
    return witnesses.filter(([file, title]) => {
      const text = readFileSync(join(root, file), 'utf8');
      return !["'", '"', '`'].some((quote) => text.includes(quote + title + quote));
    });
  });
  assert.deepEqual(missing, []);
});
