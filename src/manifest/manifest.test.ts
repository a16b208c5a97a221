import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManifestError } from './errors.ts';
import { parseManifest } from './manifest.ts';
import { NO_RULES, parseRules } from './rules.ts';

const OPTIONS = { rules: NO_RULES, input: 'k8s' } as const;

function parse(text: string) {
  return parseManifest({ name: 'a.yaml', bytes: Buffer.from(text) }, OPTIONS);
}

/** Replaces every image by `NEW`. */
function edited(text: string): string {
  const manifest = parse(text);
  assert.deepEqual(manifest.problems, []);
  assert.equal(Buffer.from(manifest.edit(() => undefined)).toString(), text);
  assert.equal(Buffer.from(manifest.edit(({ image }) => image)).toString(), text);
  return Buffer.from(manifest.edit(() => 'NEW')).toString();
}

function imagesOf(text: string): string[] {
  return parse(text).sites.map(({ image }) => image);
}

/** A Pod with this text after `image:`, and more YAML after its container. */
function pod(image: string, more = ''): string {
  return `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: ${image}\n    name: x\n${more}`;
}

test('a scalar keeps the way it is written', () => {
  const cases: readonly (readonly [before: string, image: string, after: string])[] = [
    ['nginx', 'nginx', 'NEW'],
    ['nginx   # comment: x', 'nginx', 'NEW   # comment: x'],
    ['"nginx" # x', 'nginx', '"NEW" # x'],
    ["'nginx'", 'nginx', "'NEW'"],
    ['"ngi\\u006ex\\/\\x61"', 'nginx/a', '"NEW"'],
    ["'it''s'", "it's", "'NEW'"],
    ['!!str nginx', 'nginx', '!!str NEW'],
    ['&a nginx', 'nginx', '&a NEW'],
    ['&a !!str "nginx"', 'nginx', '&a !!str "NEW"'],
    ['|-\n      nginx:1\n', 'nginx:1', '|-\n      NEW\n'],
    ['|  # keep\n      nginx:1\n\n', 'nginx:1', '|  # keep\n      NEW\n\n'],
    ['|+\n      nginx:1\n\n\n', 'nginx:1', '|+\n      NEW\n\n\n'],
    ['>-\n\n        nginx:1\n', 'nginx:1', '>-\n\n        NEW\n'],
    ['>2-\n      nginx:1   \n', 'nginx:1   ', '>2-\n      NEW\n'],
    ['>\n        reg.example/a\n        :1\n', 'reg.example/a :1', '>\n        NEW\n'],
    ['\n      nginx:1', 'nginx:1', '\n      NEW'],
    ['reg.example/a\n      :1 # x', 'reg.example/a :1', 'NEW # x'],
    ['"reg.example/\\\n      a:1"', 'reg.example/a:1', '"NEW"'],
    ['"reg.example/\\\na:1"', 'reg.example/a:1', '"NEW"'],
    ['"日本😀" # 日本', '日本😀', '"NEW" # 日本'],
  ];
  for (const [before, image, after] of cases) {
    assert.deepEqual(imagesOf(pod(before)), [image], before);
    assert.equal(edited(pod(before)), pod(after), before);
  }
});

test('odd documents come through with nothing but images changed', () => {
  const container = '{name: a, image: nginx}';
  const documents: Readonly<Record<string, string>> = {
    'carriage returns': pod('nginx # x').replaceAll('\n', '\r\n'),
    'carriage returns in a block': pod('>-\n      nginx\n').replaceAll('\n', '\r\n'),
    'byte order mark': `\uFEFF${pod('nginx')}`,
    'byte order marks between documents': `\uFEFF${pod('nginx')}...\n\uFEFF---\n${pod('nginx')}`,
    'no final line feed': pod('nginx').trimEnd(),
    'document ends': `${pod('nginx')}...\n# comment\n---\n---\n...\n---\n# only a comment\n---\n${pod('nginx')}---\n`,
    directives: `%YAML 1.1\n%TAG !e! tag:example.com,2000:\n---\n!e!pod\n${pod('!e!x nginx')}...\n%YAML 1.2\n---\na: b\n`,
    'other documents': `text\n---\n- 1\n- [a, {b: c}]\n---\nnull\n---\n${pod('nginx')}---\n"x": 😀\n`,
    'complex keys': `? {a: b}\n: c\n? [d]\n: - e\n? |\n  f\n: g\n---\n${pod('nginx', '? x\n: y\n')}`,
    'tabs and spaces': pod('nginx\t \t# x  ', '  \t\n\n'),
    'flow collections': `{apiVersion: v1, kind: Pod, spec: {containers: [ ${container},\n\t${container} , ]}}`,
    'flow collections at the margin': `apiVersion: v1\nkind: Pod\nspec: {\n"containers": [\n${container}\n]\n}\n`,
    'text before many bytes': pod('nginx', 'x: "é日本😀"\n').replace('apiVersion', '# é日本😀\napiVersion'),
    'look-alikes in text': pod('nginx', 'x: |\n  image: nginx\n  ---x\n  containers:\n  - image: nginx\n'),
    'merge keys': `x-c: &c {image: nginx, name: a}\n${pod('nginx').replace('name: x', '<<: *c')}`,
    'keys in quotes': pod('nginx').replace('image:', '"im\\u0061ge" :').replace('spec', "'spec'"),
    'explicit keys': pod('nginx').replace('image: nginx', '? image\n    : nginx'),
    empty: '',
    'only comments': '# a\n\n# b',
  };
  for (const [name, text] of Object.entries(documents)) {
    const expected = text.replace(/((?:image|ge"|\? image\s+) ?: )((?:!e!x )?(?:>-\s+)?)nginx/g, '$1$2NEW');
    const wanted = name === 'look-alikes in text' ? text.replace('nginx', 'NEW') : expected;
    const shadowed = name === 'merge keys' ? text.replace('- image: nginx', '- image: NEW') : wanted;
    assert.equal(edited(text), shadowed, name);
  }
});

function jsonPod(image: string): string {
  return `{\n\t"kind": "Pod",\n\t"apiVersion": "v1",\n\t"spec": {"containers": [{"image":"${image}", "x": "\\u00e9"}]}\n}`;
}

test('JSON stays JSON: tabs, escapes, one value after the other', () => {
  for (const between of ['', '\n', ' \r\n\t', '\n---\n']) {
    const text = `${jsonPod('reg.example\\/a')}${between}${jsonPod('\\u006eginx')}\n`;
    assert.deepEqual(imagesOf(text), ['reg.example/a', 'nginx']);
    assert.equal(edited(text), `${jsonPod('NEW')}${between}${jsonPod('NEW')}\n`);
    assert.deepEqual(
      parse(text).sites.map(({ document }) => document),
      [1, 2],
    );
  }
});

function write(before: string, text: string): string {
  return Buffer.from(parse(pod(before)).edit(() => text)).toString();
}

test('a text that would read as something else is quoted, one that is no line refused', () => {
  const cases: readonly (readonly [before: string, text: string, after: string])[] = [
    ['nginx', 'reg.example:5000/a/b_c:1.2+3@sha256:00', 'reg.example:5000/a/b_c:1.2+3@sha256:00'],
    ['nginx', '[::1]:5000/a', '"[::1]:5000/a"'],
    ['nginx', '1.25', '"1.25"'],
    ['nginx', '12:30', '"12:30"'],
    ['nginx', '0x1f', '"0x1f"'],
    ['nginx', 'null', '"null"'],
    ['nginx', 'yes', '"yes"'],
    ['nginx', 'a: b', '"a: b"'],
    ['nginx', 'a:', '"a:"'],
    ['nginx', 'a #b', '"a #b"'],
    ['nginx', '*a', '"*a"'],
    ['nginx', 'é"\\', '"é\\"\\\\"'],
    ["'nginx'", "it's", "'it''s'"],
    ['"nginx"', 'a"b\\', '"a\\"b\\\\"'],
    ['|-\n      nginx', '# a: b', '|-\n      # a: b'],
  ];
  for (const [before, text, after] of cases) {
    assert.equal(write(before, text), pod(after));
    assert.deepEqual(imagesOf(write(before, text)), [text]);
  }
  for (const text of ['', ' a', 'a ', 'a\nb', 'a\u2028b', 'a\0', '\uD800']) {
    assert.throws(
      () => write('nginx', text),
      (error) =>
        error instanceof ManifestError &&
        error.message === `a.yaml:5:12 (document 1): ${JSON.stringify(text)} cannot replace an image`,
    );
  }
});

test('a replacement is asked once for each site, in order, and may leave it', () => {
  const text = pod('a', '  - image: b\n  - image: a\n');
  const manifest = parse(text);
  const asked: string[] = [];
  const bytes = manifest.edit(({ image, line }) => {
    asked.push(`${line} ${image}`);
    return line === 8 ? 'c' : undefined;
  });
  assert.deepEqual(asked, ['5 a', '7 b', '8 a']);
  assert.equal(Buffer.from(bytes).toString(), pod('a', '  - image: b\n  - image: c\n'));
});

test('bytes may lie anywhere in a larger buffer', () => {
  const text = pod('"nginx"');
  const bytes = new Uint8Array(Buffer.from(`é${text}é`)).subarray(2, -2);
  const manifest = parseManifest({ name: 'a.yaml', bytes }, OPTIONS);
  assert.equal(Buffer.from(manifest.edit(() => 'NEW')).toString(), pod('"NEW"'));
});

test('what cannot be read is an error with file, document, line and column', () => {
  const cases: readonly (readonly [text: string, message: string])[] = [
    [
      `a: b\n---\n# é\n---\n${pod('nginx', '  b: c: d\n')}`,
      'a.yaml:11:7 (document 3): bad indentation of a mapping entry',
    ],
    [
      `---\na: b\n---\n${pod('{{ .Values.image }}')}`,
      'a.yaml:8:12 (document 2): "{{" begins a template, which must be rendered first',
    ],
    ['a: 1\n---\n{{ .x }}', 'a.yaml:3:1 (document 2): "{{" begins a template, which must be rendered first'],
    [
      'a: 1\n---\n{{- if .x }}\nb: 2\n{{ end }}',
      'a.yaml:3:3 (document 2): missed comma between flow collection entries; "{{" begins a template, which must be rendered first',
    ],
    [
      'a: {{ .x }}:1\n---\n',
      'a.yaml:1:12 (document 1): bad indentation of a mapping entry; "{{" begins a template, which must be rendered first',
    ],
    ['%YAML 1.2\n---\na: 1\n---\nb: c: d', 'a.yaml:5:5 (document 2): bad indentation of a mapping entry'],
    ['%YAML 1.2\n---\nb: c: d', 'a.yaml:3:5 (document 1): bad indentation of a mapping entry'],
    ['{"a": 1}\n{"b": 2}\n{"c": 3,}', 'a.yaml:3:1 (document 3): this is not valid JSON'],
    ['é: "\n---\n', 'a.yaml:2:1 (document 1): unexpected end of the stream within a double quoted scalar'],
    [
      `x: y\n---\n${pod('nginx', '    image: nginx\n')}`,
      'a.yaml:9:5 (document 2): the key "image" is here a second time',
    ],
  ];
  for (const [text, message] of cases) {
    assert.throws(
      () => parse(text),
      (error) => {
        assert(error instanceof ManifestError);
        assert.equal(error.message, message);
        return true;
      },
    );
  }
});

test('a key that is there twice matters only on the way to an image', () => {
  assert.deepEqual(imagesOf(pod('nginx', '    name: y\nmetadata: {labels: {a: b, a: c}}\n')), ['nginx']);
});

test('rules read an enormous value as an error', () => {
  const rules = parseRules('[{kind: Raw, imageJSONP: [$..image]}]', 'rules.yaml');
  const levels = Array.from({ length: 10 }, (_, index) => {
    const alias = `*a${index}`;
    return `a${index + 1}: &a${index + 1} [${Array.from({ length: 10 }, () => alias).join(', ')}]`;
  });
  const bytes = Buffer.from(`a0: &a0 x\n${levels.join('\n')}\n`);
  assert.throws(
    () => parseManifest({ name: 'a.yaml', bytes }, { rules, input: 'yaml' }),
    /^ManifestError: a\.yaml:8:9 \(document 1\): its aliases stand for too many values$/,
  );
});
