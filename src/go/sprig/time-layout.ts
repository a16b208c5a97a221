/** A part of a layout: text as it stands, or what a date has there, called by the text that stands for it. */
export interface LayoutPart {
  readonly text: string;
  readonly kind: 'text' | 'element' | 'fraction';
}

/** What stands for something in a layout (https://pkg.go.dev/time#Layout), the longest first where one begins another. */
const ELEMENT = new RegExp(
  [
    'January',
    'Jan(?![a-z])',
    'Monday',
    'Mon(?![a-z])',
    'MST',
    '0[1-6]',
    '002',
    '15',
    '1',
    '2006',
    '2',
    '_2(?!006)',
    '__2',
    '[345]',
    'PM',
    'pm',
    '-070000',
    '-07:00:00',
    '-0700',
    '-07:00',
    '-07',
    'Z070000',
    'Z07:00:00',
    'Z0700',
    'Z07:00',
    'Z07',
    String.raw`[.,](?:0+|9+)(?![0-9])`,
  ].join('|'),
  'g',
);

/** The parts of a layout in order. */
export function layoutParts(layout: string): readonly LayoutPart[] {
  const parts: LayoutPart[] = [];
  let at = 0;
  for (const match of layout.matchAll(ELEMENT)) {
    if (match.index > at) parts.push({ kind: 'text', text: layout.slice(at, match.index) });
    const kind = /^[.,]/.test(match[0]) ? 'fraction' : 'element';
    parts.push({ kind, text: match[0] });
    at = match.index + match[0].length;
  }
  if (at < layout.length) parts.push({ kind: 'text', text: layout.slice(at) });
  return parts;
}

/** The months' names in order. */
export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

/** The weekdays' names in order, Sunday first. */
export const WEEKDAYS = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const;
