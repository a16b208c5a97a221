import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Digest, digestOf, parseReference } from '../oci/index.ts';
import { artifactName, resourceUri, signaturePayload, speaksOf } from './payload.ts';

const DIGEST: Digest = `sha256:${'37e52879'.repeat(8)}`;

function subject(name: string, digest: Digest = DIGEST) {
  return { repository: parseReference(name).repository, digest };
}

function signed(reference: unknown, digest: unknown, type: unknown): object {
  return {
    critical: {
      type,
      image: { 'docker-manifest-digest': digest },
      identity: { 'docker-reference': reference },
    },
  };
}

test('the payload has the bytes that gcloud writes', () => {
  const image = subject('us-docker.pkg.dev/google-samples/containers/gke/hello-app');
  assert.equal(
    Buffer.from(signaturePayload(image)).toString('latin1'),
    `{
  "critical": {
    "identity": {
      "docker-reference": "us-docker.pkg.dev/google-samples/containers/gke/hello-app"
    },
    "image": {
      "docker-manifest-digest": "${DIGEST}"
    },
    "type": "Google cloud binauthz container signature"
  }
}
`,
  );
});

test('an image is named as the manifests have it', () => {
  const cases = [
    ['nginx:1.25', 'index.docker.io/library/nginx'],
    ['docker.io/bitnami/redis', 'index.docker.io/bitnami/redis'],
    ['localhost:5000/a/b:c', 'localhost:5000/a/b'],
  ] as const;
  for (const [written, repository] of cases) {
    const image = subject(written);
    assert.equal(artifactName(image), `${repository}@${DIGEST}`);
    assert.equal(resourceUri(image), `https://${repository}@${DIGEST}`);
    assert.match(Buffer.from(signaturePayload(image)).toString(), new RegExp(`"${repository}"`));
  }
});

test('a digest that Binary Authorization cannot hold is refused', () => {
  const digest = digestOf('x', 'sha512');
  assert.throws(() => signaturePayload(subject('r.io/a', digest)), {
    name: 'AttestationError',
    message: `r.io/a@${digest}: Binary Authorization knows digests of sha256 only`,
  });
});

test('signed bytes speak of an image, whatever their layout, and of nothing else', () => {
  const image = subject('r.io/a/b');
  const type = 'Google cloud binauthz container signature';
  const cases: readonly [text: string, speaks: boolean][] = [
    [Buffer.from(signaturePayload(image)).toString(), true],
    [JSON.stringify(signed('r.io/a/b', DIGEST, type)), true],
    [JSON.stringify(signed('r.io/a/b', DIGEST, type), undefined, '\t'), true],
    [JSON.stringify(signed('r.io/a/b', DIGEST, 'Google Cloud BinAuthz container signature')), true],
    [JSON.stringify(signed(`r.io/a/b@${DIGEST}`, DIGEST, type)), false],
    [JSON.stringify(signed('r.io/a/b:1', DIGEST, type)), false],
    [JSON.stringify(signed('https://r.io/a/b', DIGEST, type)), false],
    [JSON.stringify(signed('r.io/a/bb', DIGEST, type)), false],
    [JSON.stringify(signed('r.io/a/b', digestOf('another'), type)), false],
    [JSON.stringify(signed('r.io/a/b', [DIGEST], type)), false],
    [JSON.stringify(signed('r.io/a/b', DIGEST, 'atomic container signature')), false],
    [JSON.stringify(signed('r.io/a/b', DIGEST, undefined)), false],
    [JSON.stringify(signed('r.io/a/b', DIGEST, type)).replace('identity', 'identitiy'), false],
    ['', false],
    ['null', false],
    ['"critical"', false],
    ['{"critical":null}', false],
  ];
  for (const [text, speaks] of cases) assert.equal(speaksOf(Buffer.from(text), image), speaks, text);
});
