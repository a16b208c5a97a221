import { layoutParts, MONTHS, WEEKDAYS } from './time-layout.ts';

/** A moment as a clock and a calendar in a zone show it. */
export interface Clock {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  /** From 0, Sunday. */
  readonly weekday: number;
  /** From 1. */
  readonly yearDay: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
  /** Seconds east of Greenwich. */
  readonly offset: number;
  readonly zone: string;
}

/** A moment in one of Go's layouts. */
export function formatClock(clock: Clock, layout: string): string {
  return layoutParts(layout)
    .map(({ kind, text }) => {
      if (kind === 'text') return text;
      return kind === 'fraction' ? formatFraction(clock.nanosecond, text) : formatElement(clock, text);
    })
    .join('');
}

function formatElement(clock: Clock, element: string): string {
  const { year, month, day, hour, minute, second, yearDay } = clock;
  const monthName = MONTHS[month - 1] ?? '';
  const weekdayName = WEEKDAYS[clock.weekday] ?? '';
  const hour12 = hour % 12 === 0 ? 12 : hour % 12;
  switch (element) {
    case 'January':
      return monthName;
    case 'Jan':
      return monthName.slice(0, 3);
    case 'Monday':
      return weekdayName;
    case 'Mon':
      return weekdayName.slice(0, 3);
    case '1':
      return String(month);
    case '01':
      return digits(month, 2);
    case '2':
      return String(day);
    case '_2':
      return String(day).padStart(2);
    case '02':
      return digits(day, 2);
    case '__2':
      return String(yearDay).padStart(3);
    case '002':
      return digits(yearDay, 3);
    case '15':
      return digits(hour, 2);
    case '3':
      return String(hour12);
    case '03':
      return digits(hour12, 2);
    case '4':
      return String(minute);
    case '04':
      return digits(minute, 2);
    case '5':
      return String(second);
    case '05':
      return digits(second, 2);
    case '2006':
      return year < 0 ? `-${digits(-year, 4)}` : digits(year, 4);
    case '06':
      return digits(Math.abs(year) % 100, 2);
    case 'PM':
      return hour >= 12 ? 'PM' : 'AM';
    case 'pm':
      return hour >= 12 ? 'pm' : 'am';
    case 'MST':
      return clock.zone === '' ? formatOffset(clock.offset, '-0700') : clock.zone;
    default:
      return formatOffset(clock.offset, element);
  }
}

/** An offset the way its element in the layout shows one. */
function formatOffset(offset: number, element: string): string {
  if (offset === 0 && element.startsWith('Z')) return 'Z';
  const seconds = Math.abs(offset);
  const colon = element.includes(':') ? ':' : '';
  const fields = element.replace(/[^0-9]/g, '').length / 2;
  const parts = [Math.trunc(seconds / 3600), Math.trunc(seconds / 60) % 60, seconds % 60];
  return (
    (offset < 0 ? '-' : '+') +
    parts
      .slice(0, fields)
      .map((part) => digits(part, 2))
      .join(colon)
  );
}

function formatFraction(nanosecond: number, element: string): string {
  const count = element.length - 1;
  const shown = digits(nanosecond, 9).slice(0, count).padEnd(count, '0');
  if (element[1] === '0') return element.charAt(0) + shown;
  const trimmed = shown.replace(/0+$/, '');
  return trimmed === '' ? '' : element.charAt(0) + trimmed;
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
