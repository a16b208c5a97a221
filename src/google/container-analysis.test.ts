import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  ContainerAnalysisDouble,
  type ContainerAnalysisOptions,
  type GoogleHandler,
} from '../testing/index.ts';
import { parseOccurrenceFilter } from '../testing/occurrence-filter.ts';
import { ContainerAnalysis, occurrenceFilter } from './container-analysis.ts';
import { FakeGoogleApi } from './fake-google-api.ts';

const HOST = 'containeranalysis.googleapis.com';
const NEVER = new AbortController().signal;
const IMAGE = 'https://r.pkg.dev/p/r/app@sha256:1';
const NOTE = 'projects/notes/notes/built';
const ATTESTATION = {
  resourceUri: IMAGE,
  noteName: NOTE,
  attestation: {
    serializedPayload: 'e30=',
    signatures: [{ signature: 'AQID', publicKeyId: '//cloudkms.googleapis.com/v1/k' }],
  },
};

function setup(options: ContainerAnalysisOptions = {}) {
  const double = new ContainerAnalysisDouble({ notes: [NOTE], now: () => 1e12, ...options });
  const google = new FakeGoogleApi({ [HOST]: double.handler });
  return { double, google, analysis: new ContainerAnalysis(google) };
}

function answering(...answers: readonly unknown[]): ContainerAnalysis {
  let asked = 0;
  const handler: GoogleHandler = () => ({
    status: 200,
    body: answers[Math.min(asked++, answers.length - 1)],
  });
  return new ContainerAnalysis(new FakeGoogleApi({ [HOST]: handler }));
}

describe('occurrences', () => {
  test('come from all pages, and only those that the filter selects', async () => {
    const { double, analysis, google } = setup({ mostPerPage: 2 });
    for (const index of [1, 2, 3, 4, 5]) {
      const name = `projects/p/occurrences/${index}`;
      double.add('projects/p', { kind: 'DISCOVERY', resourceUri: IMAGE, noteName: NOTE, name });
    }
    double.add('projects/p', { kind: 'VULNERABILITY', resourceUri: IMAGE, noteName: NOTE });
    double.add('projects/p', { kind: 'DISCOVERY', resourceUri: `${IMAGE}2`, noteName: NOTE });
    double.add('projects/other', { kind: 'DISCOVERY', resourceUri: IMAGE, noteName: NOTE });
    const found = await analysis.occurrences('projects/p', occurrenceFilter('DISCOVERY', IMAGE), NEVER);
    assert.deepEqual(
      found.map(({ name }) => name.at(-1)),
      ['1', '2', '3', '4', '5'],
    );
    const asked = google.calls.map((call) => new URL(call.replace('GET ', '')).searchParams);
    assert.deepEqual(
      asked.map((parameters) => parameters.get('pageSize')),
      ['1000', '1000', '1000'],
    );
    assert.equal(asked[0]?.get('filter'), `((kind = "DISCOVERY") AND (resourceUrl = "${IMAGE}"))`);
  });

  test('of a note are those in all projects', async () => {
    const { double, analysis } = setup();
    double.add('projects/a', { kind: 'ATTESTATION', resourceUri: IMAGE, noteName: NOTE });
    double.add('projects/b', { kind: 'ATTESTATION', resourceUri: IMAGE, noteName: NOTE });
    double.add('projects/b', { kind: 'ATTESTATION', resourceUri: IMAGE, noteName: 'projects/x/notes/other' });
    const found = await analysis.occurrences(NOTE, `resourceUrl="${IMAGE}"`, NEVER);
    assert.equal(found.length, 2);
  });

  test('there may be none, or none on a page', async () => {
    assert.deepEqual(await setup().analysis.occurrences('projects/p', '', NEVER), []);
    const paged = answering({ nextPageToken: 'a' }, { occurrences: [{ name: 'x' }] });
    assert.equal((await paged.occurrences('projects/p', '', NEVER)).length, 1);
  });

  test('have what is used of them, however little there is', async () => {
    const full = {
      name: 'projects/p/occurrences/1',
      kind: 'VULNERABILITY',
      resourceUri: IMAGE,
      noteName: 'projects/goog-vulnz/notes/CVE-1',
      createTime: '2024-01-01T00:00:00Z',
      updateTime: '2024-01-02T00:00:00.123456Z',
      remediation: 'unused',
      discovery: {
        analysisStatus: 'FINISHED_FAILED',
        analysisStatusError: { code: 3, message: 'too large' },
        analysisError: [{ message: 'too large' }, { code: 3 }, { message: 'and odd' }],
      },
      vulnerability: {
        shortDescription: 'CVE-1',
        longDescription: 'long',
        severity: 'HIGH',
        effectiveSeverity: 'LOW',
        cvssScore: 7.5,
        cvssv3: { baseScore: 7.4 },
        cvssV2: { baseScore: 7.3 },
        packageIssue: [
          {
            affectedPackage: 'openssl',
            affectedVersion: { kind: 'NORMAL', epoch: 1, name: '3.0', revision: 'r1' },
            fixedVersion: { kind: 'NORMAL', fullName: '1:3.0-r2' },
          },
          {
            affectedPackage: 'zlib',
            affectedVersion: { kind: 'NORMAL', name: '1.2' },
            fixedVersion: { kind: 'MAXIMUM' },
          },
          {},
        ],
      },
      attestation: { serializedPayload: 'e30=', signatures: [{ signature: 'AQID', publicKeyId: 'k' }] },
    };
    const found = await answering({
      occurrences: [full, { name: 'bare', discovery: {}, vulnerability: {}, attestation: {} }],
    }).occurrences('projects/p', '', NEVER);
    const { remediation: _, discovery: __, vulnerability, ...rest } = full;
    const { cvssv3: ___, packageIssue: ____, ...details } = vulnerability;
    assert.deepEqual(found, [
      {
        ...rest,
        discovery: { analysisStatus: 'FINISHED_FAILED', error: 'too large; and odd' },
        vulnerability: {
          ...details,
          cvssV3: 7.4,
          cvssV2: 7.3,
          packages: [
            { name: 'openssl', version: '1:3.0-r1', fixedIn: '1:3.0-r2' },
            { name: 'zlib', version: '1.2', fixedIn: undefined },
            { name: '', version: '', fixedIn: undefined },
          ],
        },
      },
      {
        name: 'bare',
        kind: '',
        resourceUri: '',
        noteName: '',
        createTime: '',
        updateTime: '',
        discovery: { analysisStatus: '', error: '' },
        vulnerability: {
          shortDescription: '',
          longDescription: '',
          severity: '',
          effectiveSeverity: '',
          cvssScore: 0,
          cvssV3: 0,
          cvssV2: 0,
          packages: [],
        },
        attestation: { serializedPayload: '', signatures: [] },
      },
    ]);
  });

  const broken: readonly (readonly [answer: unknown, message: string])[] = [
    [[], `${HOST}: the list of occurrences is no JSON object`],
    [{ occurrences: {} }, `${HOST}: the list of occurrences: occurrences is no list`],
    [{ nextPageToken: 1 }, `${HOST}: the list of occurrences: nextPageToken is no text`],
    [{ occurrences: ['x'] }, `${HOST}: an occurrence is no JSON object`],
    [{ occurrences: [{ name: 'x', kind: 1 }] }, `${HOST}: occurrence x: kind is no text`],
    [
      { occurrences: [{ name: 'x', vulnerability: { cvssScore: '9' } }] },
      `${HOST}: occurrence x: vulnerability: cvssScore is no number`,
    ],
    [
      { occurrences: [{ name: 'x', vulnerability: { packageIssue: [{}, 1] } }] },
      `${HOST}: occurrence x: vulnerability: packageIssue[1] is no JSON object`,
    ],
    [
      { nextPageToken: 'again' },
      `${HOST}: the list of occurrences of projects/p does not end: a page comes again`,
    ],
  ];
  for (const [answer, message] of broken) {
    test(`that are none: ${message}`, async () => {
      await assert.rejects(answering(answer).occurrences('projects/p', '', NEVER), {
        name: 'GoogleError',
        message,
      });
    });
  }

  for (const parent of [
    '',
    'p',
    'projects/',
    'projects/..',
    'projects/p/../q',
    'projects/p/notes/..',
    String.raw`projects/p/notes/..\..`,
    'projects/p/notes/%2e%2e',
    'projects/p?x',
    'projects/p/occurrences',
  ]) {
    test(`"${parent}" has none`, async () => {
      const { analysis, google } = setup();
      await assert.rejects(analysis.occurrences(parent, '', NEVER), {
        message: `"${parent}" is no parent of occurrences (projects/PROJECT)`,
      });
      assert.deepEqual(google.calls, []);
    });
  }
});

test('a filter quotes what would end a text', () => {
  assert.equal(occurrenceFilter('K', 'a"b\\c'), String.raw`((kind = "K") AND (resourceUrl = "a\"b\\c"))`);
});

test('a filter selects exactly what it was made for', () => {
  const text = fc.string({
    unit: fc.oneof(fc.constantFrom('"', '\\\\', '(', ' ', 'n'), fc.string({ minLength: 1 })),
  });
  fc.assert(
    fc.property(text, text, text, (kind, resourceUrl, other) => {
      const matches = parseOccurrenceFilter(occurrenceFilter(kind, resourceUrl));
      assert.ok(matches({ kind, resourceUrl }));
      assert.equal(matches({ kind, resourceUrl: other }), other === resourceUrl);
    }),
  );
});

describe('an attestation', () => {
  test('is made in its project', async () => {
    const { double, analysis } = setup();
    const made = await analysis.createOccurrence('projects/p', ATTESTATION, NEVER);
    assert.match(made.name, /^projects\/p\/occurrences\/[\w-]+$/);
    const { name, ...rest } = made;
    const time = '2001-09-09T01:46:40.000Z';
    assert.deepEqual(rest, {
      ...ATTESTATION,
      kind: 'ATTESTATION',
      createTime: time,
      updateTime: time,
      discovery: undefined,
      vulnerability: undefined,
    });
    assert.equal(double.occurrences[0]?.['name'], name);
  });

  test('is not sent again when it may have been made', async () => {
    const repeatable: unknown[] = [];
    const analysis = new ContainerAnalysis({
      call: async (request) => {
        repeatable.push(request.repeatable);
        return { name: 'x' };
      },
    });
    await analysis.createOccurrence('projects/p', ATTESTATION, NEVER);
    assert.deepEqual(repeatable, [false]);
  });

  test('that is there already is told by its status', async () => {
    const { analysis } = setup({ unique: true });
    await analysis.createOccurrence('projects/p', ATTESTATION, NEVER);
    await assert.rejects(analysis.createOccurrence('projects/p', ATTESTATION, NEVER), {
      httpStatus: 409,
      status: 'ALREADY_EXISTS',
    });
  });
});
