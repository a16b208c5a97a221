import type { Format } from './rendering.ts';

/** In which form a scrape is answered. */
export interface Form {
  readonly format: Format;
  readonly contentType: string;
  readonly gzip: boolean;
}

interface Range {
  /** In lower case: `text/plain`, `gzip`. */
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

const TEXT: Pick<Form, 'format' | 'contentType'> = {
  format: 'text',
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
};
const OPEN_METRICS_VERSIONS = ['1.0.0', '0.0.1'];

/**
 * Chooses the form by the `Accept` and `Accept-Encoding` of a request: what the client likes best of what there is,
 * and the text format where it likes nothing of that, as Prometheus' own clients do.
 */
export function negotiate(accept: string | undefined, acceptEncoding: string | undefined): Form {
  return { ...chooseFormat(accept ?? ''), gzip: acceptsGzip(acceptEncoding ?? '') };
}

function chooseFormat(accept: string): Pick<Form, 'format' | 'contentType'> {
  // Sorting keeps the order of the header among equals.
  const ranges = parseRanges(accept).toSorted((a, b) => b.quality - a.quality);
  for (const { name, parameters, quality } of ranges) {
    if (quality === 0) continue;
    const version = parameters.get('version');
    if (name === 'application/openmetrics-text') {
      const served = version ?? OPEN_METRICS_VERSIONS[0] ?? '';
      if (!OPEN_METRICS_VERSIONS.includes(served)) continue;
      return {
        format: 'openmetrics',
        contentType: `application/openmetrics-text; version=${served}; charset=utf-8`,
      };
    }
    if (name === 'text/plain' || name === 'text/*' || name === '*/*') return TEXT;
  }
  return TEXT;
}

function acceptsGzip(acceptEncoding: string): boolean {
  const codings = parseRanges(acceptEncoding);
  const gzip = codings.find(({ name }) => name === 'gzip' || name === 'x-gzip');
  const any = codings.find(({ name }) => name === '*');
  const identity = codings.find(({ name }) => name === 'identity');
  const quality = (gzip ?? any)?.quality ?? 0;
  return quality > 0 && quality >= (identity?.quality ?? 0);
}

function parseRanges(header: string): Range[] {
  const ranges: Range[] = [];
  for (const [element] of header.matchAll(/(?:"(?:\\.|[^"\\])*"|[^",])+/g)) {
    const [name = '', ...rest] = element.match(/(?:"(?:\\.|[^"\\])*"|[^";])+/g) ?? [];
    const parameters = new Map(rest.map(parseParameter));
    if (name.trim() === '') continue;
    ranges.push({ name: name.trim().toLowerCase(), parameters, quality: parseQuality(parameters.get('q')) });
  }
  return ranges;
}

function parseParameter(text: string): [string, string] {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const value = equals < 0 ? '' : text.slice(equals + 1).trim();
  return [name.trim().toLowerCase(), value.replace(/^"(.*)"$/s, '$1')];
}

// A weight that is none is taken for the worst that still counts, as no client may be refused for it.
function parseQuality(text: string | undefined): number {
  if (text === undefined) return 1;
  const quality = Number(text);
  return text !== '' && quality >= 0 && quality <= 1 ? quality : 0.001;
}
