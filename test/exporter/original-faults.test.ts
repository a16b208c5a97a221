import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/** Each fault of the Go program (v0.0.1, and main at c737d63), and the titles of the tests that would see it here. */
const FAULTS: readonly (readonly [fault: string, ...titles: string[]])[] = [
  [
    'it does not compile, and mended it knows either pull secrets or all other credentials',
    "the best of each puller, then the others of each, then everybody's credentials, then none",
    "docker's configuration is for all images, and a login that is added counts without a restart",
  ],
  [
    'the release reads pull secrets only',
    'clouds are asked when they are wanted, after the files, and are heard of when they fail',
    "docker's configuration is for all images, and a login that is added counts without a restart",
  ],
  [
    'annotations are never exported',
    'the five families of a known image, to the letter',
    'annotations are those of the chosen manifest, then of its index, then of the index around it',
  ],
  [
    'an expired entry of the cache is an error for ever',
    'a tag that moves shows its new digest, and nothing is left of the old one',
    'an unchanged tag costs one request for each round',
  ],
  [
    'each scrape lists six kinds, unpaged, without a deadline',
    'a hundred scrapes ask neither the API server nor a registry',
  ],
  [
    'a list that fails ends the scrape in silence',
    'an API server that is killed and comes back takes no series with it',
    "the Go program's ClusterRole is enough for its six kinds; the others are reported",
  ],
  [
    'an image without a time is two thousand years old',
    'a time that is not known has no sample, and an old one is a time',
    'as it is set up at first',
  ],
  [
    'an entry of an index without a platform panics, again and again',
    'of an index the image of the wanted platform, whatever stands first',
    'with attestations the image is chosen, whatever comes first',
  ],
  ['linux/arm64 misses arm64/v8', 'which image of an index is described', 'choosePlatform'],
  [
    'without the platform it takes the first entry, whatever that is, and linux/amd64 of a nested index',
    'which image of an index is described',
    'without the wanted platform it is the first that runs; without a wish too',
  ],
  [
    'an image that cannot be resolved hides the rest of its object',
    'each bad image has its reason, and the good ones beside them their digests',
  ],
  [
    'what cannot work is tried for ever, by each object apart',
    'errors that last are not hammered: one attempt for each who may have other credentials',
    'that is ${reason} is not tried again before the cache duration',
  ],
  [
    'a registry that stalls holds up all Pods',
    'a registry that hangs holds up no other, and its series stay',
    'that takes too long is a timeout',
    'that stall hold up no other',
  ],
  [
    'Retry-After is not heard',
    'a registry that asks for peace gets it from all its images, and others notice nothing',
    'is believed between a second and an hour',
  ],
  [
    'five requests for each image, tokens and connections unshared',
    'an image of two platforms costs three requests and a token, however many use it',
    '500 images cost three each, and a round in which nothing changed one each',
    'and has few left is pulled from slowly, while digests are still learnt; all goes on when it has more',
  ],
  ['every status of a Pod reads its secrets anew', 'what a pod goes through looks nothing up'],
  [
    'the cache grows for ever, knows an image by its spelling, and ages by digest',
    'one image under several names is looked up once',
    'what is gone leaves neither series nor image behind, and what is changed is changed',
    'a tag that moves to what another still has takes nothing from that one',
  ],
  [
    'a digest in the cache answers for every repository',
    'a digest that is known from elsewhere does not speak for a registry that refuses it',
  ],
  [
    'only the first credential that matches is used, and one bad secret fails the object',
    'one secret after another, past those that are missing, broken, refused or not allowed enough',
    'somebody who joins with a better secret heals the image for all',
    'a pull secret that is made later heals its image within minutes, long before the tag is due',
  ],
  [
    'a key docker.io never matches, and equal keys come in any order',
    'the equal keys of one secret stay in the order in which they are written',
    'key ${JSON.stringify(key)}',
  ],
  [
    'ECR is asked for a token for each image',
    'ECR: one token for an account and a region, by signed requests to the API that the host names',
  ],
  [
    'ACR keeps nothing, and waits for a cloud that is not there',
    'client secret: one Entra token, exchanged at each registry once',
    'nothing before, behind or in a genuine host goes unnoticed',
  ],
  [
    'a token of Azure goes to x.azurecr.io.evil.example',
    'nothing before, behind or in a genuine host goes unnoticed',
    'a password never goes to a look-alike of its host',
    'a secret of another namespace, or for a look-alike, is not shown to anybody',
  ],
  [
    'a metadata server that is late is never asked again',
    'off the cloud all images share one short wait, others have none, and it is asked again later',
  ],
  [
    'localhost/app is looked for on Docker Hub',
    'parseReference',
    'each bad image has its reason, and the good ones beside them their digests',
  ],
  [
    'a rotated login is never seen',
    "docker's configuration is for all images, and a login that is added counts without a restart",
    'a mounted secret that is swapped counts at once, although size and time are the same',
  ],
  [
    'it is ready before it knows anything',
    'it is ready when all kinds are known and every image was tried, and not before',
  ],
  [
    'three lines in the log for each container, again and again',
    'each bad image has its reason, and the good ones beside them their digests',
    'the log in the words of slog, at the level wanted',
  ],
  [
    'its manifest names no version, and a limit that it cannot keep',
    'the manifest names the image of this version',
    'one apply makes these objects, all of one name, namespace and label',
  ],
  [
    'whoever may create a Pod says which host is called',
    'no connection is opened to the machine, its cloud or its metadata, whatever an image is called',
  ],
];

test('each of the thirty faults of the Go program has a test that would see it', () => {
  assert.equal(FAULTS.length, 30);
  const root = join(import.meta.dirname, '../..');
  const texts = globSync(['src/**/*.test.ts', 'test/**/*.test.ts', 'test/**/*-cases.ts'], { cwd: root })
    .filter((path) => !path.endsWith('original-faults.test.ts'))
    .map((path) => readFileSync(join(root, path), 'utf8'));
  const titles = new Set(FAULTS.flatMap(([, ...all]) => all));
  const missing = [...titles].filter(
    (title) => !texts.some((text) => ["'", '"', '`'].some((quote) => text.includes(quote + title + quote))),
  );
  assert.deepEqual(missing, []);
});
