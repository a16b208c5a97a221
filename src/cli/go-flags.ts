import { goQuote } from '../go/quote.ts';
import { formatDuration } from './duration.ts';
import { type FlagType, type FlagValue, isFlagValue, parseFlagValue } from './flag-value.ts';

interface Described {
  /** What it does; a word in back quotes names the value in the usage. */
  readonly help: string;
  /** Other spellings of the same flag. */
  readonly aliases?: readonly string[];
  /** Heading it stands under in the usage. */
  readonly group?: string;
}

/** A flag: its type, the value it has when it is not given, and what the usage says of it. */
export type FlagDefinition = {
  readonly [T in FlagType]: Described & { readonly type: T; readonly default: FlagValue<T> };
}[FlagType];

/** Flags by name, without dashes, in the order of the usage. */
export type FlagDefinitions = Readonly<Record<string, FlagDefinition>>;

/** The values of flags; durations are milliseconds. */
export type FlagValues<D extends FlagDefinitions> = { readonly [N in keyof D]: FlagValue<D[N]['type']> };

/** A parsed command line. */
export interface ParsedFlags<D extends FlagDefinitions> {
  readonly values: FlagValues<D>;
  /** The arguments after the flags. */
  readonly rest: readonly string[];
  /** Names of the flags that were given, in their main spelling. */
  readonly given: ReadonlySet<keyof D>;
  /** `-h` or `-help` was given; nothing after it has been read. */
  readonly help: boolean;
}

/** A command line that is wrong; the message is that of Go's flag package. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/**
 * Parses arguments by the rules of Go's flag package (https://pkg.go.dev/flag#hdr-Command_line_flag_syntax);
 * throws `UsageError`. A flag given twice has its last value; a repeatable one collects them.
 */
export function parseFlags<D extends FlagDefinitions>(
  definitions: D,
  argv: readonly string[],
): ParsedFlags<D> {
  const spellings = spellingsOf(definitions);
  const values: Record<string, unknown> = {};
  for (const [name, definition] of Object.entries(definitions)) values[name] = definition.default;
  const given = new Set<string>();
  let at = 0;
  let help = false;
  for (; at < argv.length; at++) {
    const argument = argv[at] ?? '';
    if (argument.length < 2 || !argument.startsWith('-')) break;
    if (argument === '--') {
      at++;
      break;
    }
    const [, spelling = '', , inline] = /^--?([^-=][^=]*)(=([^]*))?$/.exec(argument) ?? [];
    if (spelling === '') throw new UsageError(`bad flag syntax: ${argument}`);
    const name = spellings.get(spelling);
    const definition = name === undefined ? undefined : definitions[name];
    if (name === undefined || definition === undefined) {
      help = spelling === 'h' || spelling === 'help';
      if (help) break;
      throw new UsageError(`flag provided but not defined: -${spelling}`);
    }
    let text = inline;
    if (text === undefined) text = definition.type === 'boolean' ? 'true' : argv[++at];
    if (text === undefined) throw new UsageError(`flag needs an argument: -${spelling}`);
    const value = parseFlagValue(definition.type, text);
    if (typeof value === 'object') throw new UsageError(fault(definition, spelling, text, value.fault));
    const before = given.has(name) ? values[name] : [];
    values[name] = definition.type === 'strings' ? [...(Array.isArray(before) ? before : []), value] : value;
    given.add(name);
  }
  if (!areValues(values, definitions))
    throw new TypeError('a flag has a default of another type than its own');
  return { values, rest: help ? [] : argv.slice(at), given, help };
}

/** The usage in the layout of Go's `-h`, in groups, for a terminal of 80 columns. */
export function usage(
  definitions: FlagDefinitions,
  {
    program,
    synopsis,
    dash = '-',
  }: { readonly program: string; readonly synopsis: string; readonly dash?: '-' | '--' },
): string {
  const groups = new Map<string, string[]>();
  for (const [name, definition] of Object.entries(definitions)) {
    const group = definition.group ?? '';
    groups.set(group, [...(groups.get(group) ?? []), describe(dash + name, definition)]);
  }
  const parts = [`Usage: ${program} ${synopsis}\n`];
  for (const [group, flags] of groups) parts.push((group === '' ? '' : `${group}:\n`) + flags.join(''));
  return parts.join('\n');
}

function fault(definition: FlagDefinition, spelling: string, text: string, reason: string): string {
  const boolean = definition.type === 'boolean';
  const [kind, flag] = boolean ? ['boolean value', `-${spelling}`] : ['value', `flag -${spelling}`];
  return `invalid ${kind} ${goQuote(text)} for ${flag}: ${reason}`;
}

function spellingsOf(definitions: FlagDefinitions): ReadonlyMap<string, string> {
  const spellings = new Map<string, string>();
  for (const [name, { aliases = [] }] of Object.entries(definitions)) {
    for (const spelling of [name, ...aliases]) {
      if (spellings.has(spelling)) throw new TypeError(`flag redefined: ${spelling}`);
      spellings.set(spelling, name);
    }
  }
  return spellings;
}

function areValues<D extends FlagDefinitions>(
  values: Record<string, unknown>,
  definitions: D,
): values is FlagValues<D> & Record<string, unknown> {
  return Object.entries(definitions).every(([name, { type }]) => isFlagValue(type, values[name]));
}

const TEXT_WIDTH = 72;

function describe(name: string, definition: FlagDefinition): string {
  const named = /`([^`]+)`/.exec(definition.help)?.[1];
  const type = named ?? (definition.type === 'boolean' ? '' : placeholder(definition.type));
  const aliases = (definition.aliases ?? []).map((alias) => `-${alias}`);
  const notes = [definition.help.replaceAll('`', ''), defaultNote(definition)];
  if (aliases.length > 0) notes.push(`(also ${aliases.join(', ')})`);
  const text = wrap(notes.filter((note) => note !== '').join(' '), TEXT_WIDTH);
  const head = `  ${name}${type === '' ? '' : ` ${type}`}`;
  return `${head}\n${text.map((line) => `    \t${line}\n`).join('')}`;
}

function placeholder(type: FlagType): string {
  if (type === 'strings') return 'string';
  return type === 'integer' ? 'int' : type;
}

/** Zero values are not worth a word, as in Go. */
function defaultNote(definition: FlagDefinition): string {
  switch (definition.type) {
    case 'string':
      return definition.default === '' ? '' : `(default ${goQuote(definition.default)})`;
    case 'strings':
      return definition.default.length === 0 ? '' : `(default ${goQuote(definition.default.join(' '))})`;
    case 'boolean':
      return definition.default ? '(default true)' : '';
    case 'duration':
      return definition.default === 0 ? '' : `(default ${formatDuration(definition.default)})`;
    default:
      return definition.default === 0 ? '' : `(default ${definition.default})`;
  }
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines;
}
