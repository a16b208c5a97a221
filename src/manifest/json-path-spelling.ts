/**
 * Guesses how RFC 9535 spells a path of an older dialect: Goessner's, its Go implementations' and kubectl's. Undefined
 * where it has no guess; the guess need not compile.
 */
export function spellForRfc(text: string): string | undefined {
  let path = text.trim().replace(/^\{(.*)\}$/s, '$1');
  path = path.replace(/\[\s*\(\s*@\.length\s*-\s*(\d+)\s*\)\s*\]/g, '[-$1]');
  path = path.replace(/(@[\w.[\]'"-]*)\s*=~\s*\/((?:[^/\\]|\\.)*)\/(i?)/g, searchCall);
  path = path.replace(/'(?:[^'\\]|\\.)*'|(\.\.?)?(?:[\w/-]|\\.)+/g, bracketEscapedName);
  path = path.replace(/\?\(([^()]*)\)\]/g, (_, filter: string) => `?(${doubleEquals(filter)})]`);
  if (!path.startsWith('$')) path = /^[.[]/.test(path) ? `$${path}` : `$.${path}`;
  return path === text ? undefined : path;
}

/** `.a\.b` is one name with a dot in it; between quotes it is what it says. */
function bracketEscapedName(token: string, dots: string | undefined): string {
  if (token.startsWith("'") || !token.includes('\\.')) return token;
  const name = token.slice(dots?.length ?? 0).replaceAll('\\.', '.');
  return `${dots === '..' ? '..' : ''}['${name}']`;
}

function searchCall(_: string, subject: string, pattern: string, flags: string): string {
  const expression = (flags === '' ? pattern : `(?i)${pattern}`).replaceAll('\\/', '/');
  return `search(${subject}, '${expression.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}')`;
}

/** A single equals sign compares in kubectl's dialect. */
function doubleEquals(filter: string): string {
  return filter.replace(/([^=!<>])=([^=~])/g, '$1==$2');
}
