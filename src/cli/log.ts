import { pino } from 'pino';
import { goQuote } from '../go/quote.ts';
import { redact, redactText } from './redact.ts';

/** How grave a line is; a log prints its own level and those after it. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Fields of a line by name; nested objects are groups. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where the program says what it does; messages and fields are cleaned of secrets. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** What a log prints, how, and to where. */
export interface LogOptions {
  /** `text` is the `key=value` of Go's slog, `json` one object a line. */
  readonly format: 'text' | 'json';
  readonly level: LogLevel;
  /** Takes a line with its end. */
  readonly write: (line: string) => void;
  readonly now: () => Date;
}

const RESERVED = new Set(['time', 'level', 'msg']);

/** A log that writes each line before it returns. */
export function createLog({ format, level, write, now }: LogOptions): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${now().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: format === 'json' ? write : (line: string) => write(formatText(line)) },
  );
  function print(at: LogLevel, message: string, fields: LogFields): void {
    // Cleaning costs more than a line that is not printed is worth.
    if (logger.isLevelEnabled(at)) logger[at](cleaned(fields), redactText(message));
  }
  return {
    debug: (message, fields = {}) => print('debug', message, fields),
    info: (message, fields = {}) => print('info', message, fields),
    warn: (message, fields = {}) => print('warn', message, fields),
    error: (message, fields = {}) => print('error', message, fields),
  };
}

/** A field may not take the place of the line's own. */
function cleaned(fields: LogFields): Record<string, unknown> {
  const entries = Object.entries(fields).map(
    ([name, value]) => [RESERVED.has(name) ? `field.${name}` : name, redact(value, name)] as const,
  );
  return Object.fromEntries(entries);
}

function formatText(line: string): string {
  const { time, level, msg, ...fields }: Record<string, unknown> = JSON.parse(line);
  const pairs = [
    `time=${String(time)}`,
    `level=${String(level).toUpperCase()}`,
    `msg=${quoted(String(msg))}`,
  ];
  for (const [name, value] of Object.entries(fields)) pairs.push(...flatten(name, value));
  return `${pairs.join(' ')}\n`;
}

function flatten(name: string, value: unknown): string[] {
  if (isGroup(value)) return Object.entries(value).flatMap(([key, item]) => flatten(`${name}.${key}`, item));
  return [`${quoted(name)}=${quoted(plain(value))}`];
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plain).join(' ')}]`;
  if (value === null) return '<nil>';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As slog does it: quoted if it is empty, or has a space, `=`, a quote, or what does not print. */
function quoted(text: string): string {
  const literal = goQuote(text);
  const bare = text !== '' && !/[\s="]/.test(text) && literal.slice(1, -1).replaceAll('\\\\', '\\') === text;
  return bare ? text : literal;
}
