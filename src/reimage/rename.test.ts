import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileTemplate } from '../go/index.ts';
import { digestOf, parseReference } from '../oci/index.ts';
import { pinnedText, renderTarget } from './rename.ts';

const DIGEST = digestOf('image');
const HEX = DIGEST.slice(7);
const DEFAULT = '{{ .RemotePath }}/{{ .Registry }}/{{ .Repository }}:{{ .DigestHex }}';

function render(image: string, template: string, digest = DIGEST): string {
  return renderTarget(compileTemplate(template, { name: 't' }), 'r.example/i', parseReference(image), digest)
    .text;
}

describe('renderTarget', () => {
  const table: readonly (readonly [image: string, template: string, target: string])[] = [
    ['nginx', DEFAULT, `r.example/i/index.docker.io/library/nginx:${HEX}`],
    ['docker.io/user/app:1', DEFAULT, `r.example/i/index.docker.io/user/app:${HEX}`],
    [`gcr.io/p/a:1@${DIGEST}`, DEFAULT, `r.example/i/gcr.io/p/a:${HEX}`],
    ['localhost:5000/x:1', DEFAULT, `r.example/i/localhost-5000/x:${HEX}`],
    ['[::1]:5000/x:1', DEFAULT, `r.example/i/1-5000/x:${HEX}`],
    ['Host.Example/x', DEFAULT, `r.example/i/host.example/x:${HEX}`],
    ['localhost:5000/x:1', '{{ .Registry }}/i/x:{{ .Tag }}', 'localhost:5000/i/x:1'],
    ['nginx', '{{ .RemotePath }}/x:{{ .Tag }}', 'r.example/i/x:latest'],
    [`nginx:1@${DIGEST}`, '{{ .RemotePath }}/x:{{ .Tag }}', 'r.example/i/x:1'],
    [`nginx@${DIGEST}`, '{{ .RemotePath }}/x:{{ or .Tag "none" }}', 'r.example/i/x:none'],
    ['nginx', '{{ .RemotePath }}/x@{{ .Digest }}', `r.example/i/x@${DIGEST}`],
    ['nginx', '{{ .RemotePath }}/x:{{ .DigestAlgo }}-{{ .DigestHex }}', `r.example/i/x:sha256-${HEX}`],
  ];
  for (const [image, template, target] of table) {
    test(`${image} by ${template}`, () => assert.equal(render(image, template), target));
  }

  test('a digest of sha512', () => {
    const digest = digestOf('image', 'sha512');
    assert.equal(
      render('nginx', 'r.example/x:{{ .DigestAlgo }}-{{ len .DigestHex }}', digest),
      'r.example/x:sha512-128',
    );
  });

  test('what is no name, and what does not render', () => {
    assert.throws(() => render('nginx', 'UPPER/{{ .Tag }}/X'), {
      name: 'RenameError',
      message: 'the template gave no image name',
    });
    assert.throws(() => render('localhost:5000/x', '{{ .Nope }}'), { name: 'TemplateError' });
  });
});

test('pinnedText prints Docker Hub as the Go program does', () => {
  const { repository } = parseReference('nginx');
  assert.equal(pinnedText(repository, DIGEST, undefined), `index.docker.io/library/nginx@${DIGEST}`);
  assert.equal(pinnedText(parseReference('a.io/b').repository, DIGEST, 'v1'), `a.io/b:v1@${DIGEST}`);
});
