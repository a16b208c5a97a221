import { columns, type Paper } from '../paint.ts';
import type { Voice } from '../voice.ts';
import type { Asked, ExporterStage } from './stage.ts';
import { tagsOf } from './workloads.ts';

/** A time of the demo, for the table. */
interface Period {
  readonly title: string;
  readonly asked: Asked;
}

interface Row {
  readonly title: string;
  readonly count: (asked: Asked) => number;
}

const SCRAPES = 100;
/** Look-ups fall due all the time, but not all of the time. */
const TRIES = 20;
const INDENT = '  ';
const NONE = '–';
/** Requests to registries in the order of a look-up; the rest comes under its own name. */
const KINDS: Readonly<Record<string, string>> = {
  '401': 'refused without a token (401)',
  token: 'token',
  'HEAD manifest': 'HEAD manifest',
  'GET manifest': 'GET manifest',
  'GET blob': 'GET blob (config)',
};

/** Scrapes again and again while no look-up falls due; gives what was asked meanwhile: nothing. */
export async function askOften(stage: ExporterStage): Promise<Asked> {
  for (let left = TRIES; ; left--) {
    for (let count = 0; count < SCRAPES; count++) await stage.scrape();
    const asked = stage.takeAsked();
    if (sum(asked.api) + sum(asked.registries) === 0) return asked;
    if (left === 0) throw new Error(`scrapes went along with requests: ${JSON.stringify(asked)}`);
  }
}

/** Shows what was asked to begin with and for scrapes, and waits for a look-up of each tag to compare them to. */
export async function showAsked(
  { start, scrapes }: { readonly start: Asked; readonly scrapes: Asked },
  stage: ExporterStage,
  { paper, say, heading }: Voice,
): Promise<void> {
  heading('What was asked for it', 'counted at the API server and the registries');
  const tags = tagsOf(stage.names).length;
  await stage.exporter.until(
    'a look-up of each tag',
    () => stage.registries.lookedUp.size >= tags || undefined,
  );
  const round = stage.takeAsked();
  say(
    ...drawAsked(
      [
        { title: 'to begin with', asked: start },
        { title: `${SCRAPES} scrapes`, asked: scrapes },
        { title: 'each tag again', asked: round },
      ],
      paper,
    ),
    '',
    'A scrape asks nobody. A tag is looked up again when its time has come, by HEAD,',
    'which Docker Hub does not count as a pull; what is pinned by digest never again.',
  );
}

/** Draws how often the API server and the registries were asked, period by period. */
function drawAsked(periods: readonly Period[], paper: Paper): string[] {
  const kinds = new Set([
    ...Object.keys(KINDS),
    ...periods.flatMap(({ asked }) => Object.keys(asked.registries)),
  ]);
  const rows: readonly Row[] = [
    { title: 'API server', count: ({ api }) => sum(api) },
    { title: '  lists and watches', count: ({ api }) => sum(api, /^(list|watch) /) },
    { title: '  pull secrets', count: ({ api }) => sum(api, / (secrets|serviceaccounts)$/) },
    { title: 'registries', count: ({ registries }) => sum(registries) },
    ...[...kinds].map((kind) => ({
      title: `  ${KINDS[kind] ?? kind}`,
      count: ({ registries }: Asked) => registries[kind] ?? 0,
    })),
  ];
  const table = [
    ['', ...periods.map(({ title }) => title)],
    ...rows.map(({ title, count }) => [
      title,
      ...periods.map(({ asked }) => count(asked) || NONE).map(String),
    ]),
  ];
  const right = periods.map((_, index) => index + 1);
  const [titles = '', ...lines] = columns(table, { width: paper.width - INDENT.length, right });
  return [paper.paint(INDENT + titles, 'quiet'), ...lines.map((line) => INDENT + line)];
}

/** All requests of some kinds. */
function sum(counts: Readonly<Record<string, number>>, kinds = /./): number {
  let total = 0;
  for (const [kind, count] of Object.entries(counts)) if (kinds.test(kind)) total += count;
  return total;
}
