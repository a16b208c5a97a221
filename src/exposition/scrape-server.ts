import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Clock, within } from '../http/index.ts';
import { type Exposition, exposition } from './exposition.ts';
import { endWithText, type Listener, startListener } from './listener.ts';
import type { Histogram, Samples } from './metric-registry.ts';
import { negotiate } from './negotiation.ts';
import type { Section } from './section.ts';

/** The numbers of scrapes. */
export interface ScrapeMetrics {
  /** In seconds. */
  readonly scrapeDuration: Histogram<never>;
  readonly scrapesInFlight: Samples<never>;
}

export interface ScrapeServerOptions {
  /** The program's name, for who looks at the server with a browser. */
  readonly program: string;
  /** `host:port`; nothing for `:8080`, `0` for no server. */
  readonly address: string;
  /** Whose value the address is, for errors. */
  readonly flag: string;
  readonly clock: Clock;
  /** All families of one moment. */
  readonly sections: () => readonly Section[];
  /** What is told of the scrapes themselves. */
  readonly self: ScrapeMetrics;
}

/** What one scrape holds in memory is bounded, so their number is what remains to be. */
const MAX_SCRAPES = 10;
/** Higher levels take three times as long for a few percent. */
const GZIP_LEVEL = 1;

/** Serves `/metrics`; undefined where the address asks for no server. Throws `ListenError`. */
export async function startScrapeServer(options: ScrapeServerOptions): Promise<Listener | undefined> {
  const { address, flag, program, clock, self, sections } = options;
  if (address === '0') return undefined;
  let scrapes = 0;
  self.scrapesInFlight.set({}, scrapes);
  const page = landingPage(program);

  async function scrape(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (scrapes >= MAX_SCRAPES) {
      response.setHeader('retry-after', '1');
      endWithText(response, 503, `${MAX_SCRAPES} scrapes are under way, which is the limit.\n`);
      return;
    }
    const start = clock.now();
    self.scrapesInFlight.set({}, ++scrapes);
    try {
      await sendMetrics(sections, request, response);
      self.scrapeDuration.observe({}, (clock.now() - start) / 1000);
    } finally {
      self.scrapesInFlight.set({}, --scrapes);
    }
  }

  return await startListener(
    (path, request, response) => {
      if (path === '/metrics') return scrape(request, response);
      if (path !== '/') return endWithText(response, 404, 'The metrics are at /metrics.\n');
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'content-length': Buffer.byteLength(page),
      });
      response.end(page);
      return undefined;
    },
    { address: address === '' ? ':8080' : address, flag, clock },
  );
}

function landingPage(program: string): string {
  return (
    `<!doctype html>\n<html lang="en">\n<title>${program}</title>\n<h1>${program}</h1>\n` +
    '<p><a href="/metrics">Metrics</a></p>\n</html>\n'
  );
}

async function sendMetrics(
  sections: () => readonly Section[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { format, contentType, gzip } = negotiate(
    request.headers.accept,
    request.headers['accept-encoding']?.toString(),
  );
  const text = exposition(sections(), format);
  response.writeHead(200, {
    'content-type': contentType,
    vary: 'accept, accept-encoding',
    ...(gzip ? { 'content-encoding': 'gzip' } : { 'content-length': text.length }),
  });
  if (request.method === 'HEAD') response.end();
  else if (gzip) await sendZipped(text, response);
  else await feed(text, response, response, finished(response));
}

async function sendZipped(text: Exposition, response: ServerResponse): Promise<void> {
  const zip = createGzip({ level: GZIP_LEVEL });
  await feed(text, zip, response, pipeline(zip, response));
}

async function feed(
  text: Exposition,
  target: Writable,
  response: ServerResponse,
  sent: Promise<void>,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const fed = text.writeTo((piece) => within(write(target, piece), gone.signal)).then(() => target.end());
  await Promise.all([sent, fed]);
}

function write(target: Writable, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    target.write(piece, (error) => (error ? reject(error) : resolve()));
  });
}
