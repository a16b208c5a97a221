import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileGoRegexp } from '../go/index.ts';
import { formatPlace, type ManifestFile } from '../manifest/index.ts';
import { formatReference } from '../oci/index.ts';
import { runOptions } from './fake-run.ts';
import { type Found, findImages } from './find.ts';

function pods(name: string, ...images: readonly string[]): ManifestFile {
  const documents = images.map(
    (image) => `apiVersion: v1\nkind: Pod\nspec: {containers: [{image: ${image}}]}\n`,
  );
  return { name, bytes: Buffer.from(documents.join('---\n')) };
}

const CUSTOM: ManifestFile = {
  name: 'c',
  bytes: Buffer.from(`apiVersion: e.io/v1
kind: Db
metadata: {name: a, namespace: n}
spec: {image: a:1, x: [{image: b}], y: {image: https://e.io/y.png}}
---
apiVersion: e.io/v1
kind: Db
metadata: {name: b}
spec: {image: a:2}
---
{apiVersion: f/v1, kind: App, image: {repository: c, tag: 3}}
`),
};

function summary({ images, ignored, failures }: Found): object {
  return {
    images: images.map(({ text, reference, sites }) => [
      text,
      formatReference(reference),
      sites.map(formatPlace),
    ]),
    ignored: [...ignored].map(([text, sites]) => [text, sites.length]),
    failures: failures.map(({ message }) => message),
  };
}

describe('findImages', () => {
  test('each text once, in the order of its first place, over all files', () => {
    const found = findImages(
      [pods('a', 'nginx', 'redis'), pods('b', 'nginx', 'docker.io/nginx')],
      runOptions(),
    );
    assert.deepEqual(summary(found), {
      images: [
        ['nginx', 'docker.io/library/nginx:latest', ['a:3:29 (document 1)', 'b:3:29 (document 1)']],
        ['redis', 'docker.io/library/redis:latest', ['a:7:29 (document 2)']],
        ['docker.io/nginx', 'docker.io/library/nginx:latest', ['b:7:29 (document 2)']],
      ],
      ignored: [],
      failures: [],
    });
    assert.deepEqual(
      found.manifests.map(({ name }) => name),
      ['a', 'b'],
    );
  });

  test('what is ignored is not even parsed; the text as written decides', () => {
    const options = runOptions({ ignore: compileGoRegexp('^library/|UPPER|latest') });
    const found = findImages([pods('a', 'a/UPPER', 'nginx', 'library/nginx', 'a/UPPER')], options);
    assert.deepEqual(summary(found), {
      images: [['nginx', 'docker.io/library/nginx:latest', ['a:7:29 (document 2)']]],
      ignored: [
        ['a/UPPER', 2],
        ['library/nginx', 1],
      ],
      failures: [],
    });
  });

  test('one bad file, name or place does not hide the rest', () => {
    const broken = { name: 'b', bytes: Buffer.from('a: [') };
    const found = findImages(
      [pods('a', 'X/y z', '[x]', 'nginx', '"X/y z"'), broken, pods('c', 'redis')],
      runOptions(),
    );
    assert.deepEqual(summary(found), {
      images: [
        ['nginx', 'docker.io/library/nginx:latest', ['a:11:29 (document 3)']],
        ['redis', 'docker.io/library/redis:latest', ['c:3:29 (document 1)']],
      ],
      ignored: [],
      failures: [
        'b:1:5 (document 1): unexpected end of the stream within a flow collection',
        'a:7:29 (document 2): spec.containers[0].image is a sequence, not a string',
        'a:3:29 (document 1) and 1 more place: image reference "X/y z": white space at character 4',
      ],
    });
    assert.ok(found.failures.every(({ place }) => place !== undefined));
  });

  test('a kind with what no rule finds is one warning', () => {
    const { failures, warnings } = findImages([pods('a', 'nginx'), CUSTOM], runOptions());
    assert.deepEqual(failures, []);
    assert.deepEqual(warnings, [
      '2 objects of kind Db (e.io/v1) may have images that no rule finds: spec.image, spec.x[*].image; -rules-config can name them, -fail-on-unmatched makes this a failure',
      '1 object of kind App (f/v1) may have images that no rule finds: image; they are in parts, which no rule can name, -fail-on-unmatched makes this a failure',
    ]);
  });

  test('a warning names three paths', () => {
    const text = `apiVersion: v1\nkind: X\nspec: {${['a', 'b', 'c', 'd'].map((key) => `${key}: {image: i}`).join(', ')}}\n`;
    const { warnings } = findImages([{ name: 'a', bytes: Buffer.from(text) }], runOptions());
    assert.match(warnings.join(), / finds: spec\.a\.image, spec\.b\.image, spec\.c\.image, …; /);
  });

  test('or each of its paths is a failure, with the rule that finds it', () => {
    const { failures, warnings } = findImages([CUSTOM], runOptions({ failOnUnmatched: true }));
    const way = '-ignore passes it over, and this line in the file of -rules-config finds it:';
    assert.deepEqual(warnings, []);
    assert.deepEqual(
      failures.map(({ message }) => message),
      [
        `c:4:15 (document 1) and 1 more place: spec.image of Db n/a looks like the image a:1, and no rule finds it; ${way} - {kind: '^Db$', apiVersion: '^e[.]io/v1$', imageJSONP: ['$.spec.image']}`,
        `c:4:32 (document 1): spec.x[0].image of Db n/a looks like the image b, and no rule finds it; ${way} - {kind: '^Db$', apiVersion: '^e[.]io/v1$', imageJSONP: ['$.spec.x[*].image']}`,
        'c:11:38 (document 3): image of App without a name looks like the image c:3 in parts, which no rule can name; -ignore passes it over',
      ],
    );
  });

  test('what is ignored may be where no rule finds it', () => {
    const ignore = compileGoRegexp('^(a:1|b|c:3)$');
    const { failures } = findImages([CUSTOM], runOptions({ failOnUnmatched: true, ignore }));
    assert.deepEqual(
      failures.map(({ place }) => place?.line),
      [9],
    );
    assert.deepEqual(findImages([CUSTOM], runOptions({ ignore: compileGoRegexp(':|b') })).warnings, []);
  });
});
