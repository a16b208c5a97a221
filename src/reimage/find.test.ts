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
});
