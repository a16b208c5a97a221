import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadAll } from 'js-yaml';
import { ManifestError } from './errors.ts';
import { type ParsedManifest, parseManifest } from './manifest.ts';
import { isWritable } from './rewrite.ts';
import { NO_RULES } from './rules.ts';

interface Written {
  /** What stands after `image: `, ended by a line feed. */
  readonly source: string;
  readonly image: string;
}

const reference = fc.stringMatching(
  /^[a-z][a-z0-9]{0,8}(\.io)?(:[1-9]{4})?\/[a-z]{1,9}(:[a-z][0-9.]{0,5}x)?$/,
);
const anything = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter(isWritable);
const blank = fc.constantFrom('', ' ', '\t', '  # é 😀 comment', ' # image: nginx');

function line(text: string, comment: string): string {
  return `${text}${comment}\n`;
}

/** A text in any of the ways YAML has to write it, as the value of a key that is indented by `indent`. */
function written(indent: number): fc.Arbitrary<Written> {
  const inner = ' '.repeat(indent + 2);
  const plain = fc.tuple(reference, blank).map(([image, c]) => ({ image, source: line(image, c) }));
  const single = fc
    .tuple(anything, blank)
    .map(([image, c]) => ({ image, source: line(`'${image.replaceAll("'", "''")}'`, c) }));
  const double = fc
    .tuple(anything, blank)
    .map(([image, c]) => ({ image, source: line(JSON.stringify(image).replaceAll('/', '\\/'), c) }));
  const escaped = fc.tuple(reference, blank).map(([image, c]) => {
    const source = image
      .split('')
      .map((char) => `\\x${char.charCodeAt(0).toString(16)}`)
      .join('');
    return { image, source: line(`"${source}"`, c) };
  });
  const block = fc
    .tuple(reference, fc.constantFrom('|', '|-', '|+', '>', '>-', '>+'), blank)
    .map(([image, head, c]) => ({ image, source: `${line(head, c)}${inner}${image}\n` }));
  const nextLine = fc
    .tuple(reference, blank)
    .map(([image, c]) => ({ image, source: `${line('', c)}${inner}${line(image, c)}` }));
  return fc.oneof(plain, single, double, escaped, block, nextLine);
}

const filler = fc.constantFrom(
  '',
  '# comment é\n',
  '\n',
  '    # image: no\n',
  '    args: ["image: no", \'it\'\'s\', "\\u00e9"]\n',
  '    command:\n    - |\n      image: no\n\n      --- not a marker\n    - >-\n      a\n      b\n',
  '    ports: [{containerPort: 80}, {containerPort: 443, name: "é😀"} ]\n',
  '    env: &env {a: b}\n    copy: *env\n',
  '    resources: {\n}\n',
);

const container = fc
  .tuple(filler, written(4), filler, fc.boolean())
  .map(([before, { image, source }, after, first]) => ({
    image,
    source: first
      ? `  - image: ${source}${after.includes('&env') ? '' : after}    name: x\n`
      : `  - name: x\n${before}    image: ${source}`,
  }));

const pod = fc
  .tuple(fc.array(container, { minLength: 1, maxLength: 4 }), fc.constantFrom('', 'status: {image: no}\n'))
  .map(([containers, tail]) => ({
    images: containers.map(({ image }) => image),
    source: `apiVersion: v1 # é\nkind: Pod\nspec:\n  containers:\n${containers.map(({ source }) => source).join('')}${tail}`,
  }));

const other = fc
  .constantFrom(
    '',
    '# nothing\n',
    'a: {b: [c, d]}\n',
    '- x\n- "y"\n',
    '"text 😀"\n',
    'kind: ConfigMap\ndata: {image: no}\n',
  )
  .map((source) => ({ images: [], source }));

const stream = fc
  .tuple(
    fc.array(fc.oneof(pod, other), { maxLength: 4 }),
    fc.constantFrom('---\n', '--- # é\n', '...\n---\n'),
    fc.constantFrom('\n', '\r\n'),
    fc.constantFrom('', '\uFEFF'),
  )
  .map(([documents, marker, lineEnd, mark]) => ({
    images: documents.flatMap(({ images }) => images),
    text: mark + `---\n${documents.map(({ source }) => source).join(marker)}`.replaceAll('\n', lineEnd),
  }));

function parse(text: string) {
  return parseManifest({ name: 'a.yaml', bytes: Buffer.from(text) }, { rules: NO_RULES, input: 'k8s' });
}

/** What another reader makes of it, without the indentation it asks for and the line break that blocks end in. */
function values(text: string): unknown[] {
  return loadAll(text.replace(/resources: \{\r?\n\}/g, 'resources: {}'));
}

function linesWithoutImages(source: string): string[] {
  return source.split(/\r?\n/).filter((text) => !text.includes('image'));
}

function withImages(value: unknown, images: readonly string[]): unknown {
  const rest = [...images];
  const visit = (node: unknown, inside: boolean): unknown => {
    if (Array.isArray(node)) return node.map((item) => visit(item, inside));
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(
      Object.entries(node).map(([key, child]) => {
        if (!inside || key !== 'image' || typeof child !== 'string')
          return [key, visit(child, inside || key === 'containers')];
        const lineBreaks = /\n*$/.exec(child)?.[0] ?? '';
        return [key, `${rest.shift()}${lineBreaks}`];
      }),
    );
  };
  return visit(value, false);
}

test('every image is found, and writing it again changes no byte', () => {
  fc.assert(
    fc.property(stream, ({ images, text }) => {
      const manifest = parse(text);
      assert.deepEqual(
        manifest.sites.map(({ image }) => image),
        images,
      );
      assert.equal(Buffer.from(manifest.edit(({ image }) => image)).toString(), text);
    }),
  );
});

test('new images are read back by another reader, and nothing else has changed', () => {
  fc.assert(
    fc.property(stream, fc.infiniteStream(fc.oneof(reference, anything)), ({ images, text }, texts) => {
      const wanted = images.map(() => String(texts.next().value));
      const manifest = parse(text);
      const queue = [...wanted];
      const after = Buffer.from(manifest.edit(() => queue.shift())).toString();
      assert.deepEqual(values(after), withImages(values(text), wanted));
      assert.deepEqual(
        parse(after).sites.map(({ image }) => image),
        wanted.filter((image) => image !== 'auto'),
      );
      assert.equal(linesWithoutImages(after).length, linesWithoutImages(text).length);
    }),
  );
});

test('JSON stays JSON', () => {
  const name = fc.string({ unit: 'grapheme' });
  const json = fc.record({
    image: anything,
    rest: fc.jsonValue(),
    name,
    indent: fc.constantFrom(0, 2, '\t'),
  });
  fc.assert(
    fc.property(fc.array(json), anything, (pods, wanted) => {
      const objects = (image: string | undefined) =>
        pods.map((one) => ({
          apiVersion: 'v1',
          metadata: { name: one.name },
          kind: 'Pod',
          spec: { containers: [{ rest: one.rest, image: image ?? one.image }] },
        }));
      const write = (image: string | undefined) =>
        objects(image)
          .map((object, index) => JSON.stringify(object, null, pods[index]?.indent))
          .join('\n');
      const bytes = parse(write(undefined)).edit(() => wanted);
      assert.equal(Buffer.from(bytes).toString(), write(wanted));
    }),
  );
});

/** Pieces of YAML that make sense together now and then, with slashes between. */
const TOKENS =
  '\n/\n  /    /\r\n/\t/  - /- /? /: /,/{/}/[/]/"/\'/|\n/>-\n/image/image: /nginx/"nginx"/a/é/😀/\uFEFF/&a /*a/' +
  '<<: *a\n/<<: /!!str /# /---\n/...\n/%YAML 1.2\n/{{/\\/items:\n/kind: List\n/  - image: ';

test('any text is refused with its place, or comes back as it was and takes new images', () => {
  const text = fc
    .array(fc.constantFrom(...TOKENS.split('/')), { maxLength: 20 })
    .map(
      (tokens) => `x: &a b\napiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: ${tokens.join('')}`,
    );
  fc.assert(
    fc.property(text, (before) => {
      const manifest = parseOrRefuse(before);
      if (manifest === undefined) return;
      assert.equal(Buffer.from(manifest.edit(({ image }) => image)).toString(), before);
      const after = parse(Buffer.from(manifest.edit(() => 'r.example/new:1')).toString());
      assert.deepEqual(
        after.sites.map(({ image }) => image),
        manifest.sites.map(() => 'r.example/new:1'),
      );
    }),
    { numRuns: 1000 },
  );
});

function parseOrRefuse(text: string): ParsedManifest | undefined {
  try {
    return parse(text);
  } catch (error) {
    assert(error instanceof ManifestError, String(error));
    assert.match(error.message, /^a\.yaml:\d+:\d+ \(document \d+\): ./);
    return undefined;
  }
}
