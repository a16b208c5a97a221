import {
  EVENT_ID,
  type Event,
  getScalarValue,
  load,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml';
import { jsonValues } from './json-stream.ts';

export { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent };

/** How deep collections may nest: far less than Go allows, since it must fit on the stack, and far more than any object needs. */
export const MAX_DEPTH = 1000;

/** How many lines one text may have repaired: each repair parses the text again. */
const MAX_REPAIRS = 500;

/** Deeper than any line of a text whose nesting is allowed. */
const REPAIR = ' '.repeat(2 * MAX_DEPTH);

/** What is wrong with a YAML text, and where: `offset` in UTF-16 units of the text. */
export class YamlFault extends Error {
  override readonly name = 'YamlFault';
  readonly offset: number;

  constructor(reason: string, offset: number, options?: ErrorOptions) {
    super(reason, options);
    this.offset = offset;
  }
}

/**
 * Reads a stream of YAML documents, or of JSON values one after the other, as events with offsets into the text;
 * throws YamlFault.
 */
export function readEvents(text: string): Event[] {
  try {
    return parseRepaired(text);
  } catch (error) {
    const values = error instanceof YamlFault ? jsonValues(text) : undefined;
    if (values === undefined) throw error;
    const events: Event[] = [];
    for (const { start, end, valid } of values) {
      if (!valid) throw new YamlFault('this is not valid JSON', start, { cause: error });
      for (const event of parseValue(text, start, end)) events.push(event);
    }
    return events;
  }
}

/** The value of a text with one YAML or JSON document; throws YamlFault. */
export function parseYaml(text: string): unknown {
  try {
    return load(text);
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new YamlFault(error.reason, error.mark?.position ?? 0, { cause: error });
  }
}

function parseValue(text: string, start: number, end: number): Event[] {
  try {
    const events = parseRepaired(text.slice(start, end));
    for (const event of events) moveEvent(event, (offset) => offset + start);
    return events;
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error;
    throw new YamlFault(error.message, error.offset + start, { cause: error });
  }
}

/** How many documents of a faulty text end before an offset. */
export function documentsBefore(text: string, offset: number): number {
  const values = jsonValues(text);
  if (values !== undefined) return values.filter(({ end }) => end <= offset).length;
  const marker = text.lastIndexOf('\n---', offset - 1);
  if (marker < 0) return 0;
  try {
    return readEvents(text.slice(0, marker + 1)).filter(({ type }) => type === EVENT_ID.DOCUMENT).length;
  } catch (error) {
    // Directives alone, before the first marker, are no stream of documents.
    if (error instanceof YamlFault) return 0;
    throw error;
  }
}

/**
 * Parses as libyaml (and so kubectl) does: inside quotes and brackets the indentation of a line means nothing. js-yaml
 * follows the specification and refuses a closing bracket in column one, so such lines are indented for it alone.
 */
function parseRepaired(text: string): Event[] {
  const repaired: number[] = [];
  for (let source = text; ; ) {
    try {
      const events = parseEvents(source, { maxDepth: MAX_DEPTH });
      if (repaired.length > 0)
        for (const event of events) moveEvent(event, (offset) => unrepaired(offset, repaired));
      return events;
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error;
      const position = error.mark?.position ?? 0;
      const lineStart = source.lastIndexOf('\n', position - 1) + 1;
      const at = unrepaired(lineStart, repaired);
      if (
        error.reason !== 'deficient indentation' ||
        repaired.length === MAX_REPAIRS ||
        repaired.includes(at)
      ) {
        throw new YamlFault(error.reason, unrepaired(position, repaired), { cause: error });
      }
      repaired.push(at);
      source = source.slice(0, lineStart) + REPAIR + source.slice(lineStart);
    }
  }
}

/** The offset before the lines at `repaired`, which grow from first to last, were indented. */
function unrepaired(offset: number, repaired: readonly number[]): number {
  let shift = 0;
  for (const at of repaired) {
    if (offset - shift <= at) break;
    shift += Math.min(REPAIR.length, offset - shift - at);
  }
  return offset - shift;
}

function moveEvent(event: Event, move: (offset: number) => number): void {
  const moved = (offset: number): number => (offset < 0 ? offset : move(offset));
  if (event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP) return;
  event.anchorStart = moved(event.anchorStart);
  event.anchorEnd = moved(event.anchorEnd);
  if (event.type === EVENT_ID.ALIAS) return;
  event.tagStart = moved(event.tagStart);
  event.tagEnd = moved(event.tagEnd);
  if (event.type === EVENT_ID.SCALAR) {
    event.valueStart = moved(event.valueStart);
    event.valueEnd = moved(event.valueEnd);
  } else {
    event.start = moved(event.start);
  }
}
