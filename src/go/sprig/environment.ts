import { type ByteString, fromBytes, toBytes } from '../template/text.ts';
import { type Family, ofText } from './define.ts';

/** Functions of the variables that the caller hands in; what is not among them is empty. */
export function environmentFunctions(variables: Readonly<Record<string, string | undefined>>): Family {
  const read = (name: ByteString): ByteString => toBytes(variables[fromBytes(name)] ?? '');
  return { env: ofText(read), expandenv: ofText((text) => expand(text, read)) };
}

const REFERENCE = /\$(?:\{([*#$@!?\-0-9])\}|\{([^}]+)\}|(\{\}?)|([*#$@!?\-0-9])|([A-Za-z0-9_]+))/gs;

/** Go's `os.Expand`: `$name`, `${name}` and the shell's special ones; an empty or open brace vanishes. */
function expand(text: ByteString, read: (name: ByteString) => ByteString): ByteString {
  return text.replace(REFERENCE, (_, braced, name, broken, special, plain) => {
    if (typeof broken === 'string') return '';
    const found: unknown = braced ?? name ?? special ?? plain;
    return typeof found === 'string' ? read(found) : '';
  });
}
