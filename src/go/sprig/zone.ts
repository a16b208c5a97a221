/** A place's time. */
export interface Zone {
  /** What is in force at a time in milliseconds since 1970: seconds east of Greenwich, and the name if it has one. */
  at(milliseconds: number): { readonly offset: number; readonly name: string };
}

/** Coordinated universal time. */
export const UTC: Zone = { at: () => ({ offset: 0, name: 'UTC' }) };

/** A zone that is always so many seconds east. */
export function fixedZone(offset: number, name = ''): Zone {
  return { at: () => ({ offset, name }) };
}

/** The zone of this name in the IANA database; without a name the system's; `undefined` if there is none. */
export function findZone(name: string | undefined): Zone | undefined {
  if (name === '' || name === 'UTC') return UTC;
  // An offset is a zone for JavaScript, not for Go.
  if (name !== undefined && !/^[A-Za-z]/.test(name)) return undefined;
  const zone = name === undefined ? {} : { timeZone: name };
  try {
    const style = { ...zone, hourCycle: 'h23', year: 'numeric' } as const;
    const offsets = new Intl.DateTimeFormat('en-US', { ...style, timeZoneName: 'longOffset' });
    const names = new Intl.DateTimeFormat('en-US', { ...style, timeZoneName: 'short' });
    return {
      at: (milliseconds) => {
        const offset = secondsOf(zoneName(offsets, milliseconds));
        return { offset, name: nameOf(zoneName(names, milliseconds), offset) };
      },
    };
  } catch {
    return undefined;
  }
}

function zoneName(format: Intl.DateTimeFormat, milliseconds: number): string {
  return format.formatToParts(milliseconds).find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

/** The seconds of `GMT-03:30:15`. */
function secondsOf(text: string): number {
  const [, sign, hours = '0', minutes = '0', seconds = '0'] =
    /GMT([+-])([0-9]{2}):?([0-9]{2})?(?::([0-9]{2}))?/.exec(text) ?? [];
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return sign === '-' ? -total : total;
}

/** Where the database of JavaScript has no abbreviation Go's way of zones without one is taken: `+01`. */
function nameOf(short: string, offset: number): string {
  if (short === 'UTC' || short === 'GMT') return short;
  if (!/^(?:GMT|UTC)[+-]/.test(short)) return short;
  const minutes = Math.abs(Math.trunc(offset / 60));
  const hours = String(Math.trunc(minutes / 60)).padStart(2, '0');
  const rest = minutes % 60 === 0 ? '' : String(minutes % 60).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${hours}${rest}`;
}
