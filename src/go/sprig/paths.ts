import type { ByteString } from '../template/text.ts';
import { type Family, ofText } from './define.ts';

/** Functions of paths with slashes, which those of files are too. */
export function pathFunctions(): Family {
  return {
    ...both('base', base),
    ...both('dir', (path) => clean(path.slice(0, path.lastIndexOf('/') + 1))),
    ...both('clean', clean),
    ...both('ext', (path) => /\.[^./]*$/s.exec(path)?.[0] ?? ''),
    ...both('isAbs', (path) => path.startsWith('/')),
  };
}

function both(name: string, apply: (path: ByteString) => ByteString | boolean): Family {
  const callee = ofText(apply);
  return { [name]: callee, [`os${name.charAt(0).toUpperCase()}${name.slice(1)}`]: callee };
}

function base(path: ByteString): ByteString {
  if (path === '') return '.';
  const trimmed = path.replace(/\/+$/, '');
  return trimmed === '' ? '/' : trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

/** Go's `path.Clean`: no double slashes, no `.`, and `..` only in front of a relative path. */
function clean(path: ByteString): ByteString {
  const rooted = path.startsWith('/');
  const kept: ByteString[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!rooted) kept.push('..');
  }
  return (rooted ? '/' : '') + kept.join('/') || '.';
}
