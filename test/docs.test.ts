import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { formatDuration } from '../src/cli/duration.ts';
import { EXPORTER_FLAGS } from '../src/cli/exporter-flags.ts';
import { type FlagDefinition, type FlagDefinitions, usage } from '../src/cli/go-flags.ts';
import { REIMAGE_FLAGS } from '../src/cli/reimage-flags.ts';
import { FAMILIES } from '../src/exporter/index.ts';
import { compileTemplate } from '../src/go/index.ts';
import { RESOURCES } from '../src/kubernetes/index.ts';
import { ReasonCounts } from '../src/lookups/reason-counts.ts';
import { parseManifest, parseRules, RulesError } from '../src/manifest/index.ts';
import { NO_RULES } from '../src/manifest/rules.ts';
import { isDigest, parseReference } from '../src/oci/index.ts';
import { formatMapping, parseMapping } from '../src/reimage/mapping.ts';
import { renderTarget } from '../src/reimage/rename.ts';
import { run } from './support/processes.ts';
import { requireTool } from './support/tools.ts';

const ROOT = join(import.meta.dirname, '..');
const FLAGS: FlagDefinitions = REIMAGE_FLAGS;
/** Stand for any flag, or for those of others. */
const EXAMPLES = new Set([
  '-abc',
  '-flag',
  '--flag',
  '--by-cve',
  '--cache-backend',
  '--exit-code',
  '--fail-on',
  '--ignore',
  '--insecure-ignore-tlog',
  '--max-semi-space-size',
  '--include-crds',
  '--max-old-space-size',
  '--optimize-for-size',
  '--signature-digest-algorithm',
]);

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The text from a heading to the next one of the same or a higher level. */
function section(path: string, heading: string): string {
  const level = /^#+/.exec(heading)?.[0].length ?? 0;
  const [, after] = read(path).split(`\n${heading}\n`);
  assert.ok(after !== undefined, `${path} has the heading "${heading}"`);
  return after.split(new RegExp(`^#{1,${level}} `, 'm'))[0] ?? '';
}

/** The rows of every table in a text, without heads; back quotes around a whole cell are taken off. */
function rows(text: string): string[][] {
  const found: string[][] = [];
  let body = false;
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) body = false;
    else if (/^\|(?: ?-+ ?\|)+$/.test(line)) body = true;
    else if (body)
      found.push(
        line
          .slice(1, -1)
          .split(' | ')
          .map((cell) => cell.trim()),
      );
  }
  return found;
}

function bare(cell: string | undefined): string {
  return (cell ?? '').replace(/^`([^`]*)`$/, '$1');
}

/** The names in back quotes in a cell. */
function names(cell: string | undefined): string[] {
  return Array.from((cell ?? '').matchAll(/`([^`]+)`/g), (match) => match[1] ?? '');
}

function codeBlocks(text: string, language: string): string[] {
  return Array.from(text.matchAll(/^```(\w*)\n([^]*?)^```$/gm))
    .filter((match) => match[1] === language)
    .map((match) => match[2] ?? '');
}

function documentedDefault({ type, default: value }: FlagDefinition): string {
  const text = type === 'duration' ? formatDuration(value) : String(value);
  return text === '' ? '–' : text;
}

/** The flags of each group, in order, with dashes and defaults. */
function flagGroups(definitions: FlagDefinitions, dash: string): ReadonlyMap<string, string[][]> {
  const groups = new Map<string, string[][]>();
  for (const [name, definition] of Object.entries(definitions)) {
    const { group = '' } = definition;
    groups.set(group, [...(groups.get(group) ?? []), [dash + name, documentedDefault(definition)]]);
  }
  return groups;
}

const FLAG_PAGES = [
  { page: 'docs/flags.md', groups: flagGroups(REIMAGE_FLAGS, '-') },
  { page: 'docs/exporter/configuration.md', groups: flagGroups(EXPORTER_FLAGS, '--') },
];

for (const { page, groups } of FLAG_PAGES) {
  for (const [group, flags] of groups) {
    test(`${page} has the flags of "${group}" and no others, in order, with their defaults`, () => {
      const documented = rows(section(page, `## ${group}`)).map(([flag, value]) => [bare(flag), bare(value)]);
      assert.deepEqual(documented, flags);
    });
  }
}

describe('docs/flags.md', () => {
  const page = 'docs/flags.md';

  test('has every other spelling and no others', () => {
    const documented = rows(section(page, '## Other spellings')).map(([from, to]) => [bare(from), bare(to)]);
    const real = Object.entries(FLAGS).flatMap(([name, { aliases = [] }]) =>
      aliases.map((alias) => [`-${alias}`, `-${name}`]),
    );
    assert.deepEqual(documented, real);
  });
});

test('no document names a flag that does not exist', () => {
  const known = new Set<string>(['-h', ...Object.keys(EXPORTER_FLAGS).map((name) => `--${name}`)]);
  for (const [name, { aliases = [] }] of Object.entries(FLAGS)) {
    for (const spelling of [name, ...aliases]) known.add(`-${spelling}`);
  }
  const strangers: string[] = [];
  for (const path of documents()) {
    for (const match of read(path).matchAll(/`(--?[a-zA-Z][\w-]*)[^`]*`|^ +(-[a-z][\w-]+) /gm)) {
      const flag = match[1] ?? match[2] ?? '';
      if (!known.has(flag) && !EXAMPLES.has(flag)) strangers.push(`${path}: ${flag}`);
    }
  }
  assert.deepEqual(strangers, []);
});

function documents(): string[] {
  return globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT }).toSorted();
}

/** The anchors that GitHub makes of headings. */
function anchors(markdown: string): Set<string> {
  const headings = markdown.replace(/^```[^]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm);
  return new Set(
    Array.from(headings, ([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

test('every relative link leads to a file, and every anchor to a heading', () => {
  const broken: string[] = [];
  for (const path of documents()) {
    for (const [, link = ''] of read(path).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? join(ROOT, path) : resolve(ROOT, dirname(path), file);
      const leads =
        existsSync(target) && (anchor === undefined || anchors(readFileSync(target, 'utf8')).has(anchor));
      if (!leads) broken.push(`${path}: ${link}`);
    }
  }
  assert.deepEqual(broken, []);
});

test('every document below docs is in its index', () => {
  const index = read('docs/README.md') + read('docs/decisions/README.md');
  const pages = globSync('**/*.md', { cwd: join(ROOT, 'docs') }).filter(
    (path) => !path.endsWith('README.md'),
  );
  assert.deepEqual(
    pages.filter(
      (path) => !index.includes(`(${path})`) && !index.includes(`(${path.replace('decisions/', '')})`),
    ),
    [],
  );
});

test('the README has two set-up commands, each a line of its own', () => {
  const lines = read('README.md').split('\n');
  assert.deepEqual(
    lines.filter((line) => /^npm ci && npm (?:run demo|test)$/.test(line)),
    ['npm ci && npm run demo', 'npm ci && npm test'],
  );
  const scripts: unknown = JSON.parse(read('package.json')).scripts;
  for (const name of ['demo', 'test', 'build', 'check', 'unit', 'e2e', 'format']) {
    assert.ok(typeof scripts === 'object' && scripts !== null && Object.hasOwn(scripts, name), name);
  }
});

test('the README has no other line in a code block that npm runs', () => {
  const blocks = Array.from(read('README.md').matchAll(/^```\w*\n([^]*?)^```$/gm), ([, text = '']) => text);
  const lines = blocks.flatMap((text) => text.split('\n')).filter((line) => line.startsWith('npm'));
  assert.deepEqual(lines, ['npm ci && npm run demo', 'npm ci && npm test']);
});

test('CONTRIBUTING.md has the arrows of the layer test', () => {
  const doors = Array.from(
    read('src/layers.test.ts').matchAll(/^ {2}(\w+): \[([^\]]*)\],$/gm),
    ([, room = '', others = '']) => [room, others.match(/\w+/g)?.join(', ') ?? 'nothing'],
  );
  const arrows = Array.from(
    read('CONTRIBUTING.md').matchAll(/^ {4}(\w+) +→ (.+)$/gm),
    ([, room = '', others = '']) => [room, others],
  );
  assert.ok(doors.length > 5, `${doors.length}`);
  assert.deepEqual(arrows, doors);
});

test('the usages fit a terminal of 80 columns', () => {
  const synopsis = '[flags] < manifests.yaml > manifests-out.yaml';
  const text =
    usage(FLAGS, { program: 'reimage', synopsis }) +
    usage(EXPORTER_FLAGS, { program: 'container-image-exporter', synopsis: '[flags]', dash: '--' });
  const wide = text.split('\n').filter((line) => line.replaceAll('\t', '    ').length > 80);
  assert.deepEqual(wide, []);
});

function ruleWith(path: string): string {
  return JSON.stringify([{ kind: 'X', imageJSONP: [path] }]);
}

describe('docs/where-images-are-found.md', () => {
  const page = 'docs/where-images-are-found.md';
  const kinds = rows(section(page, '## Built-in kinds')).flatMap(([versions, kindNames, path]) =>
    names(versions).flatMap((apiVersion) =>
      names(kindNames).map((kind) => ({ apiVersion, kind, path: bare(path) })),
    ),
  );

  test('names more than a handful of kinds', () => {
    assert.ok(kinds.length > 20, `${kinds.length}`);
  });

  for (const { apiVersion, kind, path } of kinds) {
    test(`${apiVersion} ${kind} has images below ${path}`, () => {
      const pod = {
        initContainers: [{ image: 'a:1' }],
        containers: [{ image: 'b:1' }],
        ephemeralContainers: [{ image: 'c:1' }],
        volumes: [{ image: { reference: 'd:1' } }, { rbd: { image: 'e' } }],
      };
      const object = path
        .split('.')
        .toReversed()
        .reduce<object>((inner, member) => ({ [member]: inner }), pod);
      const bytes = Buffer.from(JSON.stringify({ apiVersion, kind, ...object }));
      const { sites, problems } = parseManifest({ name: 'x', bytes }, { rules: NO_RULES, input: 'k8s' });
      assert.deepEqual(
        sites.map(({ image }) => image),
        ['a:1', 'b:1', 'c:1', 'd:1'],
      );
      assert.deepEqual(problems, []);
    });
  }

  test('its rules compile', () => {
    const examples = codeBlocks(read(page), 'yaml').filter((text) => text.startsWith('- kind:'));
    assert.equal(examples.length, 2);
    assert.equal(parseRules(examples[0] ?? '', 'x').typed.length, 2);
    assert.equal(parseRules(examples[1] ?? '', 'x').raw.length, 2);
  });

  for (const [older, rfc] of rows(section(page, '### JSONPath'))) {
    test(`${older} is refused with its new spelling`, () => {
      assert.throws(
        () => parseRules(ruleWith(bare(older)), 'x'),
        (error) => error instanceof RulesError && error.message.endsWith(` it is spelled ${bare(rfc)}`),
      );
      parseRules(ruleWith(bare(rfc)), 'x');
    });
  }
});

describe('docs/renaming.md', () => {
  const page = 'docs/renaming.md';
  const hex = 'cafe'.repeat(16);
  const digest = `sha256:${hex}`;
  const examples = rows(section(page, '## Examples')).map((cells) => cells.map(bare));

  for (const cells of examples) {
    const [template, image = '', target = ''] =
      cells.length === 3 ? cells : [REIMAGE_FLAGS['rename-template'].default, ...cells];
    test(`${image} by ${template} becomes ${target}`, () => {
      assert.ok(isDigest(digest));
      const source = parseReference(image.replace('HEX', hex));
      const rendered = renderTarget(compileTemplate(template ?? ''), 'r.example/imp', source, digest);
      assert.equal(rendered.text, target.replace('HEX', hex));
    });
  }

  test('has examples of the default and of other templates', () => {
    assert.deepEqual([...new Set(examples.map(({ length }) => length))], [2, 3]);
    assert.ok(read(page).includes(`The default, \`${REIMAGE_FLAGS['rename-template'].default}\``));
  });
});

describe('docs/exporter/metrics.md', () => {
  const page = 'docs/exporter/metrics.md';

  test('has every family and no others, with type, labels and help', () => {
    const documented = rows(read(page))
      .filter((cells) => cells.length === 4 && names(cells[0]).some((name) => /^[a-z]+_[a-z_]+$/.test(name)))
      .filter(([, type]) => /^(?:gauge|counter|histogram)$/.test(type ?? ''))
      .map(([family, type, labels, help]) => [bare(family), type, names(labels), help]);
    const real = FAMILIES.map(({ name, type, labels, help }) => [name, type, [...labels], help]);
    assert.deepEqual(documented.toSorted(byFirst), real.toSorted(byFirst));
  });

  test('has every reason of a look-up and no others', () => {
    const documented = rows(section(page, '## Reasons of a look-up')).map(([reason]) => bare(reason));
    assert.deepEqual(documented, [
      'ok',
      'pending',
      ...Object.keys(new ReasonCounts().all).filter((reason) => reason !== 'ok' && reason !== 'pending'),
    ]);
  });

  test('has the way to the pod spec of every kind that is watched', () => {
    const documented = rows(section(page, '## What `jsonpath` says')).flatMap(([kinds = '', path]) =>
      kinds.split(', ').map((kind) => [kind, bare(path)]),
    );
    const real = RESOURCES.map(({ kind, podSpec }) => [kind, `{.${podSpec.join('.')}`]);
    assert.deepEqual(documented.toSorted(byFirst), real.toSorted(byFirst));
  });

  test('names no metric that does not exist, nor does any other document', () => {
    const real = new Set(
      FAMILIES.flatMap(({ name, type }) =>
        type === 'histogram' ? [name, ...['_bucket', '_sum', '_count'].map((end) => name + end)] : [name],
      ),
    );
    const strangers = documents().flatMap((path) =>
      Array.from(read(path).matchAll(/\bcontainer_image_[a-z_]*[a-z]\b/g), ([name]) => name)
        .filter((name) => !real.has(name))
        .map((name) => `${path}: ${name}`),
    );
    assert.deepEqual(strangers, []);
  });
});

function byFirst([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a) < String(b) ? -1 : 1;
}

test('the alerts in docs/exporter/queries.md are those of deploy/alerts.yaml', () => {
  const documented = rows(section('docs/exporter/queries.md', '## Alerts')).map(([alert]) => bare(alert));
  const real = Array.from(read('deploy/alerts.yaml').matchAll(/- alert: (\w+)/g), ([, alert]) => alert);
  assert.deepEqual(documented, real);
});

test('promtool understands every query in the documents', async (t) => {
  const promtool = await requireTool(t, 'promtool');
  if (promtool === undefined) return;
  const queries = documents().flatMap((path) => codeBlocks(read(path), 'promql'));
  assert.ok(queries.length > 10, `${queries.length}`);
  // JSON is YAML.
  const rules = queries.map((expr, index) => ({ record: `query:${index}`, expr }));
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-queries-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'rules.yaml');
  await writeFile(file, JSON.stringify({ groups: [{ name: 'documents', rules }] }));
  const checked = await run(promtool, ['check', 'rules', '--lint=none', file]);
  assert.deepEqual({ code: checked.code, stderr: checked.stderr }, { code: 0, stderr: '' });
});

test('the mapping in docs/mappings.md is one, printed as a mapping is', () => {
  const [example = ''] = codeBlocks(read('docs/mappings.md'), 'json');
  assert.equal(`${formatMapping(parseMapping(example, 'x'))}\n`, example);
});
