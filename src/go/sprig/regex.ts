import { compileGoRegexp, type GoMatch, type GoRegexp, GoRegexpError } from '../regexp.ts';
import type { TemplateFunction } from '../template/function.ts';
import { canBackquote, quote } from '../template/quote.ts';
import { type ByteString, fromBytes, toBytes } from '../template/text.ts';
import { List, type Value } from '../template/value.ts';
import { type Arguments, define, type Family, ofText } from './define.ts';

/** Functions of regular expressions in Go's syntax. */
export function regexFunctions(): Family {
  return {
    regexMatch: define(['string', 'string'], (args) => {
      try {
        return compile(args.text(0)).test(fromBytes(args.text(1)));
      } catch {
        return false;
      }
    }),
    mustRegexMatch: define(['string', 'string'], (args) =>
      compile(args.text(0)).test(fromBytes(args.text(1))),
    ),
    ...pair('regexFindAll', ['string', 'string', 'int'], (expression, args) => {
      const found = matchesOf(expression, args.text(1), args.int(2)).map(whole);
      return new List('[]string', found, found.length === 0);
    }),
    ...pair('regexFind', ['string', 'string'], (expression, args) =>
      matchesOf(expression, args.text(1), 1).map(whole).join(''),
    ),
    ...pair('regexReplaceAll', ['string', 'string', 'string'], (expression, args) =>
      replaceAll(expression, args.text(1), (match) => expand(args.text(2), match)),
    ),
    ...pair('regexReplaceAllLiteral', ['string', 'string', 'string'], (expression, args) =>
      replaceAll(expression, args.text(1), () => args.text(2)),
    ),
    ...pair('regexSplit', ['string', 'string', 'int'], (expression, args) =>
      split(expression, args.text(1), args.int(2)),
    ),
    regexQuoteMeta: ofText((text) => text.replace(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`)),
  };
}

type Apply = (expression: GoRegexp, args: Arguments) => Value;

/** A function that panics on a broken expression, and its twin that returns the error. */
function pair(name: string, parameters: TemplateFunction['parameters'], apply: Apply): Family {
  const must = `must${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return {
    [name]: define(parameters, (args) => apply(compileOrPanic(args.text(0)), args)),
    [must]: define(parameters, (args) => apply(compile(args.text(0)), args)),
  };
}

function compile(expression: ByteString): GoRegexp {
  try {
    return compileGoRegexp(fromBytes(expression));
  } catch (error) {
    // Inside the engine texts are bytes, those of errors too.
    throw error instanceof GoRegexpError ? new Error(toBytes(error.message), { cause: error }) : error;
  }
}

function compileOrPanic(expression: ByteString): GoRegexp {
  try {
    return compile(expression);
  } catch (error) {
    const shown = canBackquote(expression) ? `\`${expression}\`` : quote(expression);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`regexp: Compile(${shown}): ${reason}`, { cause: error });
  }
}

function whole({ groups }: GoMatch): ByteString {
  return toBytes(groups[0] ?? '');
}

/** The first matches; all of them if the limit is negative. */
function matchesOf(expression: GoRegexp, text: ByteString, limit: number): readonly GoMatch[] {
  const found: GoMatch[] = [];
  if (limit === 0) return found;
  for (const match of expression.matches(fromBytes(text))) {
    found.push(match);
    if (found.length === limit) break;
  }
  return found;
}

function replaceAll(
  expression: GoRegexp,
  bytes: ByteString,
  replacement: (match: GoMatch) => ByteString,
): ByteString {
  const text = fromBytes(bytes);
  let out = '';
  let at = 0;
  for (const match of expression.matches(text)) {
    out += toBytes(text.slice(at, match.start)) + replacement(match);
    at = match.end;
  }
  return out + toBytes(text.slice(at));
}

/** Go's `Regexp.Expand`: `$1`, `$name` as long as can be, `${name}`, and `$$`. */
function expand(template: ByteString, { groups, names }: GoMatch): ByteString {
  const text = fromBytes(template).replace(
    /\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu,
    (reference, braced, plain) => {
      if (reference === '$$') return '$';
      const name: unknown = braced ?? plain;
      if (typeof name !== 'string') return '';
      const number = /^(?:0|[1-9][0-9]*)$/.test(name) ? Number(name) : names[name];
      return (number === undefined ? undefined : groups[number]) ?? '';
    },
  );
  return toBytes(text);
}

function split(expression: GoRegexp, bytes: ByteString, limit: number): List {
  if (limit === 0) return new List('[]string', [], true);
  const text = fromBytes(bytes);
  if (expression.pattern !== '' && text === '') return new List('[]string', ['']);
  const parts: ByteString[] = [];
  let [from, end] = [0, 0];
  for (const match of matchesOf(expression, bytes, limit)) {
    if (limit > 0 && parts.length === limit - 1) break;
    end = match.start;
    if (match.end !== 0) parts.push(toBytes(text.slice(from, end)));
    from = match.end;
  }
  if (end !== text.length) parts.push(toBytes(text.slice(from)));
  return new List('[]string', parts);
}
