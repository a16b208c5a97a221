import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Scrape } from '../exporter/scrape.ts';
import { makeContent } from './content.ts';
import { TrackedImage } from './tracked-image.ts';
import type { TrackedWorkload } from './tracked-workload.ts';
import { Truth } from './truth.ts';

const CONTENT = makeContent(1, 0);
const MOVED = makeContent(1, 1);
const TEXT = '127.0.0.1:5000/team/app-0001:1.0';

function imageOf(): TrackedImage {
  return new TrackedImage({
    text: TEXT,
    registry: 0,
    repository: 'team/app-0001',
    tag: '1.0',
    number: 1,
    invalid: false,
    pinned: false,
    unchanging: false,
  });
}

/** One Pod with one container, whose image is there. */
function smallTruth(): {
  readonly truth: Truth;
  readonly image: TrackedImage;
  readonly pod: TrackedWorkload;
} {
  const truth = new Truth();
  const image = imageOf();
  truth.images.push(image);
  truth.changeTag(image, CONTENT);
  const pod: TrackedWorkload = {
    kind: 'Pod',
    namespace: 'shop',
    name: 'web',
    owned: true,
    unchanging: false,
    slots: [{ list: 'containers', index: 0, image }],
  };
  truth.addWorkload(pod);
  return { truth, image, pod };
}

interface Shown {
  readonly digest: string;
  readonly reason: string;
  /** Whose facts are there; nobody's when undefined. */
  readonly content?: typeof CONTENT;
  readonly size?: number;
}

function family(name: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `# HELP ${name} h\n# TYPE ${name} gauge\n${lines.join('')}`;
}

/** What an exporter would say of that Pod. */
function scrapeOf({ digest, reason, content, size }: Shown): Scrape {
  const pairs = (name: string, values: Readonly<Record<string, string>> = {}): string[] =>
    Object.entries(values).map(
      ([key, value]) =>
        `${name}{digest="${content?.digest}",key="${key}",value=${JSON.stringify(value)}} 1\n`,
    );
  const sample = (name: string, value: number | undefined): string[] =>
    content && value !== undefined ? [`${name}{digest="${content.digest}"} ${value}\n`] : [];
  const info = `digest="${digest}",group="",image="${TEXT}",jsonpath="{.spec.containers[0]}",kind="Pod",name="web",namespace="shop",version="v1"`;
  const { facts } = content ?? {};
  const text = [
    family('container_image_annotation', pairs('container_image_annotation', facts?.annotations)),
    family('container_image_container_info', [`container_image_container_info{${info}} 1\n`]),
    family('container_image_created', sample('container_image_created', facts?.created)),
    family('container_image_label', pairs('container_image_label', facts?.labels)),
    family('container_image_lookup_status', [
      `container_image_lookup_status{image="${TEXT}",reason="${reason}"} 1\n`,
    ]),
    family('container_image_size_bytes', sample('container_image_size_bytes', size ?? facts?.size)),
  ].join('');
  return new Scrape(Buffer.from(text));
}

const RIGHT: Shown = { digest: CONTENT.digest, reason: 'ok', content: CONTENT };

describe('the truth', () => {
  test('has no differences to a scrape that tells it', () => {
    const { truth } = smallTruth();
    const { differences, compared } = truth.compare(scrapeOf(RIGHT));
    assert.deepEqual(differences, []);
    // State, container, size, created, 14 labels, 2 annotations.
    assert.equal(compared, 20);
  });

  const wrong: readonly (readonly [name: string, shown: Shown, first: RegExp])[] = [
    ['another state', { ...RIGHT, reason: 'pending' }, /lookup_status of .* is pending, not ok$/],
    ['no digest', { digest: '', reason: 'ok' }, /container_info.*"digest":"".* is there and should not$/],
    ['facts missing', { digest: CONTENT.digest, reason: 'ok' }, /container_image_label.* is missing$/],
    ['another size', { ...RIGHT, size: 1 }, /size_bytes.* is 1, not \d+$/],
    ['facts of another digest', { ...RIGHT, content: MOVED }, /should not$/],
  ];
  for (const [name, shown, first] of wrong) {
    test(`differs from a scrape with ${name}`, () => {
      const { differences } = smallTruth().truth.compare(scrapeOf(shown));
      assert.match(differences[0] ?? '', first);
    });
  }

  test('wants the new digest of a tag that moved, and nothing of the old one', () => {
    const { truth, image } = smallTruth();
    truth.changeTag(image, MOVED);
    assert.notDeepEqual(truth.compare(scrapeOf(RIGHT)).differences, []);
    const moved = { digest: MOVED.digest, reason: 'ok', content: MOVED };
    assert.deepEqual(truth.compare(scrapeOf(moved)).differences, []);
  });

  test('lets what fails keep what was known of it, and no more than that', () => {
    const { truth, image } = smallTruth();
    assert.deepEqual(truth.compare(scrapeOf(RIGHT)).differences, []);
    image.failing = true;
    assert.deepEqual(truth.compare(scrapeOf({ ...RIGHT, reason: 'unavailable' })).differences, []);
    const forgotten = truth.compare(scrapeOf({ digest: '', reason: 'unavailable' }));
    assert.match(forgotten.differences[0] ?? '', /"digest":"".* is there and should not$/);
  });

  test('of a tag that is gone is that it is not found', () => {
    const { truth, image } = smallTruth();
    truth.changeTag(image, undefined);
    assert.deepEqual(truth.compare(scrapeOf({ ...RIGHT, reason: 'not_found' })).differences, []);
  });

  test('has nothing to say of workloads that are gone', () => {
    const { truth, pod } = smallTruth();
    truth.removeWorkload(pod);
    const { differences } = truth.compare(scrapeOf(RIGHT));
    assert.match(differences[0] ?? '', /which nobody uses$/);
    assert.match(differences[1] ?? '', /container_info.* should not$/);
  });
});
