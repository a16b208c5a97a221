import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assert as check, constantFrom, property, string } from 'fast-check';
import { createLog, type Log, type LogOptions } from './log.ts';

interface Captured {
  readonly log: Log;
  readonly lines: string[];
}

function capture(options: Partial<LogOptions> = {}): Captured {
  const lines: string[] = [];
  const log = createLog({
    format: 'text',
    level: 'info',
    now: () => new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678)),
    write: (line) => lines.push(line),
    ...options,
  });
  return { log, lines };
}

const HEAD = 'time=2026-01-02T03:04:05.678Z level=INFO';

suite('the log', () => {
  test('text as slog prints it', () => {
    const cases: readonly (readonly [string, Record<string, unknown>, string])[] = [
      ['copied', { image: 'nginx:1.25', bytes: 12 }, 'msg=copied image=nginx:1.25 bytes=12'],
      ['two words', {}, 'msg="two words"'],
      ['', { empty: '' }, 'msg="" empty=""'],
      [
        'x',
        { a: 'k=v', b: 'say "hi"', c: 'a\nb', d: 'a\\b', e: '\u00a0' },
        String.raw`msg=x a="k=v" b="say \"hi\"" c="a\nb" d=a\b e="\u00a0"`,
      ],
      ['x', { ok: true, none: null, missing: undefined, n: 1.5 }, 'msg=x ok=true none=<nil> n=1.5'],
      [
        'x',
        { list: ['a', 1, ['b']], group: { a: 1, b: { c: 'd e' } } },
        'msg=x list="[a 1 [b]]" group.a=1 group.b.c="d e"',
      ],
      ['x', { msg: 'mine', level: 3, time: 0 }, 'msg=x field.msg=mine field.level=3 field.time=0'],
      ['x', { 'odd key': 1 }, 'msg=x "odd key"=1'],
      ['x', { big: 12n, at: new Date(0) }, 'msg=x big=12 at=1970-01-01T00:00:00.000Z'],
    ];
    for (const [message, fields, expected] of cases) {
      const { log, lines } = capture();
      log.info(message, fields);
      assert.deepEqual(lines, [`${HEAD} ${expected}\n`]);
    }
  });

  test('json', () => {
    const { log, lines } = capture({ format: 'json' });
    log.warn('copied', { image: 'a', nested: { n: [1] }, msg: 'mine' });
    assert.deepEqual(lines, [
      '{"level":"warn","time":"2026-01-02T03:04:05.678Z","image":"a","nested":{"n":[1]},"field.msg":"mine","msg":"copied"}\n',
    ]);
  });

  test('a level prints itself and what is graver', () => {
    const levels = ['debug', 'info', 'warn', 'error'] as const;
    for (const level of levels) {
      const { log, lines } = capture({ level });
      for (const at of levels) log[at]('x');
      const printed = lines.map((line) => /level=(\w+)/.exec(line)?.[1]?.toLowerCase());
      assert.deepEqual(printed, levels.slice(levels.indexOf(level)));
    }
  });

  test('errors are the chain of their messages', () => {
    const { log, lines } = capture();
    const cause = new Error('connection refused');
    log.info('x', {
      a: new Error('reading nginx', { cause: new Error('GET https://r.example/v2/?sig=abc', { cause }) }),
      b: new Error('outer: inner', { cause: new Error('inner') }),
    });
    assert.deepEqual(lines, [
      `${HEAD} msg=x a="reading nginx: GET https://r.example/v2/?[redacted]: connection refused" b="outer: inner"\n`,
    ]);
  });

  test('no secret gets out, wherever it stands', () => {
    const secret = 'c2VjcmV0OnNlY3JldA==';
    const headers = { Authorization: `Basic ${secret}`, 'Set-Cookie': secret, accept: '*/*' };
    const places: readonly unknown[] = [
      { headers },
      { headers: new Map(Object.entries(headers)) },
      { headers: Object.entries(headers) },
      { headers: [headers] },
      { password: secret, identityToken: secret, registry_token: secret, secretKey: { value: secret } },
      { url: `https://s3.example/blob?X-Amz-Signature=${secret}&x=1` },
      { url: new URL(`https://user:${secret}@s3.example/blob?sig=${secret}#x`) },
      { text: `before https://s3.example/a?sig=${secret} and https://u:${secret}@h/ after` },
      { text: `sent "authorization: Bearer ${secret}"` },
      { error: new Error(`GET https://s3.example/?sig=${secret}: 403`) },
      { deep: { a: { b: [{ token: secret }] } } },
    ];
    for (const format of ['text', 'json'] as const) {
      for (const place of places) {
        const { log, lines } = capture({ format });
        log.info('x', { place });
        assert.ok(lines[0]?.includes('[redacted]'), lines[0]);
        assert.doesNotMatch(lines.join(''), new RegExp(secret));
      }
      const { log, lines } = capture({ format });
      log.info(`GET https://s3.example/a?sig=${secret}`);
      assert.ok(lines[0]?.includes('https://s3.example/a?[redacted]'), lines[0]);
      assert.doesNotMatch(lines.join(''), new RegExp(secret));
    }
  });

  test('an object that contains itself does not end the program', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    const { log, lines } = capture({ format: 'json' });
    log.info('x', { loop });
    assert.equal(lines.length, 1);
  });

  test('any text is one line, which in JSON holds it unchanged', () => {
    check(
      property(string({ unit: 'grapheme' }), constantFrom('text', 'json'), (value, format) => {
        const { log, lines } = capture({ format });
        log.info('x', { value });
        assert.match(lines.join(''), /^[^\n]*\n$/);
        if (format === 'json') assert.equal(JSON.parse(lines.join('')).value, value);
      }),
    );
  });
});
