import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { type FlagDefinition, type FlagDefinitions, usage } from '../src/cli/go-flags.ts';
import { REFUSED_FLAGS, REIMAGE_FLAGS } from '../src/cli/reimage-flags.ts';
import { compileTemplate } from '../src/go/index.ts';
import { parseManifest, parseRules, RulesError } from '../src/manifest/index.ts';
import { NO_RULES } from '../src/manifest/rules.ts';
import { isDigest, parseReference } from '../src/oci/index.ts';
import { formatMapping, parseMapping } from '../src/reimage/mapping.ts';
import { renderTarget } from '../src/reimage/rename.ts';

const ROOT = join(import.meta.dirname, '..');
const FLAGS: FlagDefinitions = REIMAGE_FLAGS;
/** Stand for any flag, or for those of others. */
const EXAMPLES = new Set(['-abc', '-flag']);

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

function documentedDefault(definition: FlagDefinition): string {
  const text = String(definition.default);
  return text === '' ? '–' : text;
}

describe('docs/flags.md', () => {
  const page = 'docs/flags.md';
  const groups = new Map<string, string[]>();
  for (const [name, { group = '' }] of Object.entries(FLAGS))
    groups.set(group, [...(groups.get(group) ?? []), name]);

  for (const [group, flags] of groups) {
    test(`has the flags of "${group}" and no others, in order, with their defaults`, () => {
      const documented = rows(section(page, `## ${group}`)).map(([flag, value]) => [bare(flag), bare(value)]);
      const real = flags.map((name) => {
        const definition = FLAGS[name];
        assert.ok(definition);
        return [`-${name}`, documentedDefault(definition)];
      });
      assert.deepEqual(documented, real);
    });
  }

  test('has every other spelling and no others', () => {
    const documented = rows(section(page, '## Other spellings')).map(([from, to]) => [bare(from), bare(to)]);
    const real = Object.entries(FLAGS).flatMap(([name, { aliases = [] }]) =>
      aliases.map((alias) => [`-${alias}`, `-${name}`]),
    );
    assert.deepEqual(documented, real);
  });

  test('has every refused flag and no others', () => {
    const documented = rows(section(page, '## Refused in this version')).map(([flag]) => bare(flag));
    assert.deepEqual(
      documented.toSorted(),
      Object.keys(REFUSED_FLAGS)
        .map((name) => `-${name}`)
        .toSorted(),
    );
  });
});

test('no document names a flag that does not exist', () => {
  const known = new Set<string>(['-h', ...Object.keys(REFUSED_FLAGS).map((name) => `-${name}`)]);
  for (const [name, { aliases = [] }] of Object.entries(FLAGS)) {
    for (const spelling of [name, ...aliases]) known.add(`-${spelling}`);
  }
  const strangers: string[] = [];
  for (const path of documents()) {
    for (const match of read(path).matchAll(/`(-[a-zA-Z][\w-]*)[^`]*`|^ +(-[a-z][\w-]+) /gm)) {
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
    ([, room = '', others = '']) => [room, others.replaceAll("'", '') || 'nothing'],
  );
  const arrows = Array.from(
    read('CONTRIBUTING.md').matchAll(/^ {4}(\w+) +→ (.+)$/gm),
    ([, room = '', others = '']) => [room, others],
  );
  assert.ok(doors.length > 5, `${doors.length}`);
  assert.deepEqual(arrows, doors);
});

test('the usage fits a terminal of 80 columns', () => {
  const text = usage(FLAGS, {
    program: 'reimage',
    synopsis: '[flags] < manifests.yaml > manifests-out.yaml',
  });
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

test('the mapping in docs/mappings.md is one, printed as a mapping is', () => {
  const [example = ''] = codeBlocks(read('docs/mappings.md'), 'json');
  assert.equal(`${formatMapping(parseMapping(example, 'x'))}\n`, example);
});
