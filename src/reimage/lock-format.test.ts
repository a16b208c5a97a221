import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../oci/index.ts';
import { formatImagesLock } from './images-lock.ts';
import { formatKbldLock } from './kbld-lock.ts';
import { type MappingFormat, parseMappingFile } from './lock-format.ts';
import { formatMapping, type Mapping } from './mapping.ts';

const DIGEST = digestOf('image');
const OTHER = digestOf('other');
const KBLD = 'apiVersion: kbld.k14s.io/v1alpha1\nkind: Config\n';
const IMAGES_LOCK = 'apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\n';

/** Images, what is written for each, and the digest. */
function mappingOf(...entries: readonly (readonly [image: string, tag: string, digest?: string])[]): Mapping {
  return new Map(
    entries.map(([image, tag, digest]) => [image, { tag, digest: digest === OTHER ? OTHER : DIGEST }]),
  );
}

function fill(text: string): string {
  return text.replaceAll('DIGEST', DIGEST).replaceAll('OTHER', OTHER);
}

/** A mapping with ports, Docker Hub, two names of one image, and names that YAML would take for something else. */
const GOLDEN = mappingOf(
  ['nginx:1.25', 'r.example:5000/hub/nginx:x'],
  ['docker.io/library/nginx:1.25', 'r.example:5000/hub/nginx:x'],
  ['busybox', 'busybox'],
  ['[::1]:5000/app', '[::1]:5000/app:2', OTHER],
  ['1.5', 'r.example/v:1.5'],
  ['y', 'r.example/y'],
);

describe('lock files that are written', () => {
  test('kbld', () => {
    const text = fill(`apiVersion: kbld.k14s.io/v1alpha1
kind: Config
overrides:
- image: "1.5"
  newImage: r.example/v@DIGEST
  preresolved: true
- image: '[::1]:5000/app'
  newImage: '[::1]:5000/app@OTHER'
  preresolved: true
- image: busybox
  newImage: index.docker.io/library/busybox@DIGEST
  preresolved: true
- image: docker.io/library/nginx:1.25
  newImage: r.example:5000/hub/nginx@DIGEST
  preresolved: true
- image: nginx:1.25
  newImage: r.example:5000/hub/nginx@DIGEST
  preresolved: true
- image: "y"
  newImage: r.example/y@DIGEST
  preresolved: true
`);
    assert.equal(formatKbldLock(GOLDEN), text);
    assert.equal(formatKbldLock(new Map()), KBLD);
  });

  test('imgpkg', () => {
    const text = fill(`---
apiVersion: imgpkg.carvel.dev/v1alpha1
images:
- annotations:
    kbld.carvel.dev/id: "1.5"
  image: r.example/v@DIGEST
- annotations:
    kbld.carvel.dev/id: '[::1]:5000/app'
  image: '[::1]:5000/app@OTHER'
- annotations:
    kbld.carvel.dev/id: busybox
  image: index.docker.io/library/busybox@DIGEST
- annotations:
    kbld.carvel.dev/id: docker.io/library/nginx:1.25
  image: r.example:5000/hub/nginx@DIGEST
- annotations:
    kbld.carvel.dev/id: nginx:1.25
  image: r.example:5000/hub/nginx@DIGEST
- annotations:
    kbld.carvel.dev/id: "y"
  image: r.example/y@DIGEST
kind: ImagesLock
`);
    assert.equal(formatImagesLock(GOLDEN), text);
    assert.equal(
      formatImagesLock(new Map()),
      '---\napiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\n',
    );
  });

  const word = fc.oneof(
    fc.stringMatching(/^[a-z0-9]{1,6}$/),
    fc.constantFrom('yes', 'null', '0x1f', '1e3', '2001-01-01', '1_0', '0b1', 'true', '12', '1.5'),
  );
  const image = fc
    .tuple(fc.constantFrom('', 'r.example/', 'localhost:5000/', '[::1]:5000/'), word, fc.option(word))
    .map(([host, path, tag]) => `${host}${path}${tag === null ? '' : `:${tag}`}`);

  test('are read back with the same images', () => {
    fc.assert(
      fc.property(fc.uniqueArray(image), (images) => {
        const mapping = mappingOf(...images.map((name) => [name, `r.example/to/${name.length}:x`] as const));
        const expected = new Map(
          [...mapping]
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, { tag, digest }]) => [name, { tag: `${tag.slice(0, -2)}@${digest}`, digest }]),
        );
        assert.deepEqual(parseMappingFile(formatKbldLock(mapping), 'lock').mapping, expected);
        assert.deepEqual(parseMappingFile(formatImagesLock(mapping), 'lock').mapping, expected);
      }),
    );
  });
});

describe('parseMappingFile', () => {
  const pinned = mappingOf(['nginx:1.25', `index.docker.io/library/nginx@${DIGEST}`]);
  const read: readonly (readonly [name: string, text: string, format: MappingFormat, mapping: Mapping])[] = [
    ['our JSON', formatMapping(GOLDEN), 'reimage', GOLDEN],
    ['our JSON, empty', '{}', 'reimage', new Map()],
    ['a relocation map', '{"nginx:1.25": "index.docker.io/library/nginx@DIGEST"}', 'reimage', pinned],
    [
      'kbld, with what does not concern images that were found',
      `${KBLD}minimumRequiredVersion: 0.32.0
searchRules:
- keyMatcher: {name: sidecarImage}
overrides:
- image: nginx:1.25 # as written
  newImage: index.docker.io/library/nginx@DIGEST
  preresolved: true
  origins:
  - resolved: {url: 'nginx:1.25', tag: '1.25'}
`,
      'kbld',
      pinned,
    ],
    [
      'kbld, in several documents and old kinds',
      `${KBLD}sources:\n- image: app\n  path: .\n---\n---\napiVersion: kbld.k14s.io/v1alpha1\nkind: ImageOverrides
overrides: [{image: a, newImage: a@DIGEST}]\n---\n${KBLD}overrides:\n- {image: b, newImage: b@OTHER}\n- {image: b, newImage: b@OTHER}\n`,
      'kbld',
      mappingOf(['a', `a@${DIGEST}`], ['b', `b@${OTHER}`, OTHER]),
    ],
    [
      'kbld, as JSON',
      '{"apiVersion":"kbld.k14s.io/v1alpha1","kind":"Config","overrides":[{"image":"a","newImage":"a@DIGEST"}]}',
      'kbld',
      mappingOf(['a', `a@${DIGEST}`]),
    ],
    [
      'imgpkg, annotated and not',
      `---
${IMAGES_LOCK}images:
- image: index.docker.io/library/nginx@DIGEST
  annotations:
    kbld.carvel.dev/id: nginx:1.25
    kbld.carvel.dev/origins: |
      - resolved: {url: "nginx:1.25"}
- image: r.example/a:1@OTHER
`,
      'images-lock',
      mappingOf(
        ['nginx:1.25', `index.docker.io/library/nginx@${DIGEST}`],
        [`r.example/a:1@${OTHER}`, `r.example/a:1@${OTHER}`, OTHER],
      ),
    ],
  ];
  for (const [name, text, format, mapping] of read) {
    test(`reads ${name}`, () => assert.deepEqual(parseMappingFile(fill(text), 'f'), { format, mapping }));
  }

  const refused: readonly (readonly [text: string, message: string])[] = [
    ['', 'f is empty: it is neither a JSON mapping nor a lock file of kbld or imgpkg'],
    ['text', 'f:1:1: it is neither a JSON mapping nor a lock file of kbld or imgpkg'],
    ['{"a"', 'f is not JSON'],
    ['[]', 'f is not a JSON object of images'],
    ['a: b: c', 'f:1:5: bad indentation of a mapping entry'],
    ['a: b', 'f:1:1: it is neither a JSON mapping nor a lock file of kbld or imgpkg'],
    ['---\napiVersion: v1\nkind: Pod\n', 'f:2:1: a document of v1 Pod is no mapping'],
    [`${KBLD}overrides: no`, 'f:3:12: overrides is no list'],
    [`${KBLD}overrides:\n- newImage: a@DIGEST`, 'f:4:3: override 1 has no image'],
    [
      `${KBLD}overrides:\n- imageRepo: r/app\n  newImage: a@DIGEST`,
      'f:4:3: override 1 is for all images of r/app: a mapping has one entry for each image',
    ],
    [`${KBLD}overrides:\n- image: a`, 'f:4:3: override 1, image "a", has no newImage'],
    [`${KBLD}overrides:\n- image: 1`, 'f:4:10: override 1: image is no text'],
    [
      `${KBLD}overrides:\n- image: a\n  newImage: r/a:1`,
      'f:4:3: image "a" has r/a:1, which has no digest: a lock file says which image it is',
    ],
    [
      `${KBLD}overrides:\n- image: a\n  newImage: r/a@sha256:12`,
      'f:4:3: image "a": sha256 digest has 2 hex digits, not 64',
    ],
    [
      `${KBLD}overrides:\n- {image: a, newImage: a@DIGEST}\n- {image: a, newImage: a@OTHER}`,
      'f:5:3: image "a" is here a second time, as OTHER after DIGEST',
    ],
    [`${KBLD}overrides:\n- {image: A, newImage: a@DIGEST}`, 'f:4:3: image "A"'],
    [`${KBLD}overrides: []\noverrides: []`, 'f:4:1: the key "overrides" is here a second time'],
    [`${IMAGES_LOCK}images:\n- annotations: {}`, 'f:4:3: image 1 has no image'],
    [
      `${IMAGES_LOCK}images:\n- image: a:1`,
      'f:4:3: image "a:1" has a:1, which has no digest: a lock file says which image it is',
    ],
    ['{"a": "r/a:1"}', 'f: image "a"'],
    [
      '{"a": {"tag": "b", "digest": "DIGEST"}, "a": {"tag": "b", "digest": "OTHER"}}',
      'f: "a" is there twice',
    ],
    ['{"a": "a@DIGEST", "a": "a@OTHER"}', 'f: "a" is there twice'],
  ];
  for (const [text, message] of refused) {
    test(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseMappingFile(fill(text), 'f'), {
        name: 'MappingError',
        message: fill(message),
      });
    });
  }
});
