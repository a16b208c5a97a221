import { EVENT_ID, type Event, readEvents, YamlFault } from '../yaml/index.ts';

const HINT = '"{{" begins a template, which must be rendered first';

/** Reads events of YAML that is no template any more; throws YamlFault. */
export function readRenderedEvents(text: string): Event[] {
  if (!text.includes('{{')) return readEvents(text);
  try {
    const events = readEvents(text);
    rejectTemplate(events);
    return events;
  } catch (error) {
    if (!(error instanceof YamlFault) || error.message === HINT) throw error;
    const lineEnd = text.indexOf('\n', error.offset);
    const line = text.slice(text.lastIndexOf('\n', error.offset - 1) + 1, lineEnd < 0 ? undefined : lineEnd);
    throw line.includes('{{')
      ? new YamlFault(`${error.message}; ${HINT}`, error.offset, { cause: error })
      : error;
  }
}

/** `{{ .x }}` is YAML by accident: a mapping whose key is a mapping. No object of Kubernetes can have such a key. */
function rejectTemplate(events: readonly Event[]): void {
  events.forEach((event, index) => {
    const next = events[index + 1];
    const mappings = event.type === EVENT_ID.MAPPING && next?.type === EVENT_ID.MAPPING;
    if (mappings && next.start === event.start + 1) throw new YamlFault(HINT, event.start);
  });
}
