import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  formatReference,
  NameError,
  parseReference,
  type Reference,
  referenceTo,
  sameRepository,
} from './reference.ts';

const HEX = '0123456789abcdef'.repeat(4);
const SHA256 = `sha256:${HEX}`;
const SHA512 = `sha512:${HEX}${HEX}`;

/** Written, and the whole name that the kubelet reads in it. */
const NAMES: readonly (readonly [string, string])[] = [
  ['nginx', 'docker.io/library/nginx:latest'],
  ['nginx:1.25', 'docker.io/library/nginx:1.25'],
  ['library/nginx', 'docker.io/library/nginx:latest'],
  ['docker.io/nginx', 'docker.io/library/nginx:latest'],
  ['docker.io/library/nginx', 'docker.io/library/nginx:latest'],
  ['index.docker.io/nginx', 'docker.io/library/nginx:latest'],
  ['index.docker.io/a/b:1', 'docker.io/a/b:1'],
  ['registry-1.docker.io/a/b', 'registry-1.docker.io/a/b:latest'],
  ['a/b', 'docker.io/a/b:latest'],
  ['a/b/c', 'docker.io/a/b/c:latest'],
  // Without a slash it is always a name on Docker Hub.
  ['localhost:5000', 'docker.io/library/localhost:5000'],
  ['localhost', 'docker.io/library/localhost:latest'],
  ['example.com', 'docker.io/library/example.com:latest'],
  ['localhost/a', 'localhost/a:latest'],
  ['localhost:5000/a', 'localhost:5000/a:latest'],
  ['localhost:5000/a:b', 'localhost:5000/a:b'],
  ['Foo/bar', 'Foo/bar:latest'],
  ['FOO.example/bar', 'FOO.example/bar:latest'],
  ['10.0.0.1/a', '10.0.0.1/a:latest'],
  ['10.0.0.1:5000/a/b:c', '10.0.0.1:5000/a/b:c'],
  ['[::1]/a', '[::1]/a:latest'],
  ['[2001:db8::1]:5000/a/b', '[2001:db8::1]:5000/a/b:latest'],
  ['xn--n3h.example/a', 'xn--n3h.example/a:latest'],
  ['r.example/a_b/c__d/e-f/g---h/i.j', 'r.example/a_b/c__d/e-f/g---h/i.j:latest'],
  [`nginx@${SHA256}`, `docker.io/library/nginx@${SHA256}`],
  [`r.example/r@${SHA512}`, `r.example/r@${SHA512}`],
  [`r.example/r:t@${SHA256}`, `r.example/r:t@${SHA256}`],
  [`nginx:${'t'.repeat(128)}`, `docker.io/library/nginx:${'t'.repeat(128)}`],
  ['a:_.-', 'docker.io/library/a:_.-'],
  [`r.example/${'a'.repeat(255)}`, `r.example/${'a'.repeat(255)}:latest`],
  ['a'.repeat(247), `docker.io/library/${'a'.repeat(247)}:latest`],
  // An image id with a tag, or elsewhere than alone, is a name.
  [`${HEX}:1`, `docker.io/library/${HEX}:1`],
  [`a/${HEX}`, `docker.io/a/${HEX}:latest`],
];

/** Written, and what is wrong with it. */
const FAULTS: readonly (readonly [string, string])[] = [
  ['', 'it is empty'],
  [' nginx', 'white space at character 1'],
  ['nginx:1 .25', 'white space at character 8'],
  ['nginx\n', 'white space at character 6'],
  ['foo/Bar', '"Bar" in repository "foo/Bar" has an upper-case letter'],
  ['Nginx', 'repository "Nginx" has an upper-case letter'],
  ['library/ubuntu:', 'the tag is empty'],
  ['a//b/c', 'repository "a//b/c" has an empty component'],
  ['/a', 'repository "/a" has an empty component'],
  ['a/', 'repository "a/" has an empty component'],
  ['r.example/', 'the repository is missing'],
  [':1', 'the repository is missing'],
  [`@${SHA256}`, 'the repository is missing'],
  ['-a/b', '"-a" in repository "-a/b" starts or ends with a separator'],
  ['a_/b', '"a_" in repository "a_/b" starts or ends with a separator'],
  [
    'r.example/a..b/c',
    '"a..b" in repository "a..b/c" has separators other than ".", "_", "__" or dashes between letters and digits',
  ],
  [
    'a___b',
    'repository "a___b" has separators other than ".", "_", "__" or dashes between letters and digits',
  ],
  ['a/b$c', '"b$c" in repository "a/b$c" has the character "$"'],
  ['r.example/ä', 'repository "ä" has the character "ä"'],
  ['a:.x', 'tag ".x" starts with "."'],
  ['a:-x', 'tag "-x" starts with "-"'],
  ['a:x+y', 'tag "x+y" has the character "+"'],
  ['a:b:c', 'tag "b:c" has the character ":"'],
  [`a:${'t'.repeat(129)}`, 'the tag has 129 characters, more than 128'],
  [`r.example/${'a'.repeat(256)}`, 'repository path has 256 characters, more than 255'],
  ['a'.repeat(248), 'repository path has 256 characters, more than 255'],
  [HEX, '64 hex digits alone are an image id, not a name'],
  ['a@', 'digest algorithm "" is not sha256 or sha512'],
  ['a@b/c', 'digest algorithm "b/c" is not sha256 or sha512'],
  [`a@md5:${HEX}`, 'digest algorithm "md5" is not sha256 or sha512'],
  ['a@sha256', 'sha256 digest has 0 hex digits, not 64'],
  ['a@sha256:12', 'sha256 digest has 2 hex digits, not 64'],
  [`a@sha512:${HEX}`, 'sha512 digest has 64 hex digits, not 128'],
  [
    `a@sha256:${HEX.toUpperCase()}`,
    `digest "sha256:${HEX.toUpperCase()}" has a character that is not lower-case hex`,
  ],
  [`a@${SHA256}@${SHA256}`, 'sha256 digest has 136 hex digits, not 64'],
  ['r.example:x/a', 'port "x" of host "r.example:x" is not a number'],
  ['r.example:/a', 'port "" of host "r.example:" is not a number'],
  ['r.example:65536/a', 'port 65536 of host "r.example:65536" is above 65535'],
  ['-r.example/a', '"-r.example" is not a host name, an IPv4 address or an IPv6 address in brackets'],
  ['r..example/a', '"r..example" is not a host name, an IPv4 address or an IPv6 address in brackets'],
  ['r_1.example/a', '"r_1.example" is not a host name, an IPv4 address or an IPv6 address in brackets'],
  ['[::g]/a', '"[::g]" is not a host name, an IPv4 address or an IPv6 address in brackets'],
  ['::1/a', '":" is not a host name, an IPv4 address or an IPv6 address in brackets'],
  ['https://r.example/a', 'it begins with "https://", which names of images do not'],
  ['docker://a', 'it begins with "docker://", which names of images do not'],
];

function repositoryOf(text: string): Reference['repository'] {
  return parseReference(text).repository;
}

function named(text: string): string {
  return formatReference(parseReference(text));
}

describe('parseReference', () => {
  for (const [text, name] of NAMES) {
    test(`${text.slice(0, 60)} is ${name.slice(0, 60)}`, () => {
      const reference = parseReference(text);
      assert.equal(formatReference(reference), name);
      assert.equal(reference.text, text);
      assert.equal(named(name), name, 'the whole name means itself');
    });
  }

  for (const [text, fault] of FAULTS) {
    test(`${JSON.stringify(text.slice(0, 60))}: ${fault.slice(0, 60)}`, () => {
      assert.throws(() => parseReference(text), {
        name: 'NameError',
        message: `image reference "${text}": ${fault}`,
        reference: text,
      });
    });
  }

  test('a long text is shortened in the message, not in the field', () => {
    const text = `${'x'.repeat(400)} y`;
    assert.throws(() => parseReference(text), {
      message: `image reference "${'x'.repeat(300)}…": white space at character 401`,
      reference: text,
    });
  });

  test('throws nothing but NameError', () => {
    const near = fc.string({ unit: fc.constantFrom(...'aA0.:/@_-[]% sha256'.split('')), maxLength: 40 });
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ unit: 'grapheme' })), (text) => {
        try {
          const name = named(text);
          assert.equal(named(name), name);
        } catch (error) {
          assert.ok(error instanceof NameError, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('reads back what formatReference wrote', () => {
    fc.assert(
      fc.property(references(), (reference) => {
        const { repository, tag, digest } = parseReference(reference.text);
        assert.deepEqual({ repository, tag, digest, text: reference.text }, reference);
      }),
    );
  });
});

/** References as their grammar allows them, host and all. */
function references(): fc.Arbitrary<Reference> {
  const word = fc.stringMatching(/^[a-z0-9]{1,6}$/);
  const component = fc
    .tuple(word, fc.array(fc.tuple(fc.constantFrom('.', '_', '__', '-', '---'), word), { maxLength: 2 }))
    .map(([first, rest]) => first + rest.flat().join(''));
  const registry = fc.constantFrom('r.example', 'R.example:5000', 'localhost', '[::1]:80', '10.0.0.1:5000');
  const hub = fc.tuple(component, component).map(([a, b]) => ({ registry: 'docker.io', path: `${a}/${b}` }));
  const elsewhere = fc.record({
    registry,
    path: fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
  });
  const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/);
  const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}` as const);
  return fc
    .record({
      repository: fc.oneof(hub, elsewhere),
      tag: fc.option(tag, { nil: undefined }),
      digest: fc.option(digest, { nil: undefined }),
    })
    .filter(({ tag: written, digest: pinned }) => written !== undefined || pinned !== undefined)
    .map(({ repository, ...rest }) => referenceTo({ ...repository }, rest));
}

test('a repository is the same by registry and path', () => {
  assert.ok(sameRepository(repositoryOf('nginx:1'), repositoryOf('index.docker.io/library/nginx:2')));
  assert.ok(!sameRepository(repositoryOf('a/b'), repositoryOf('r.example/a/b')));
  assert.ok(!sameRepository(repositoryOf('r.example/a'), repositoryOf('r.example/b')));
});
