import { columns, type Paper, shortDigests } from '../paint.ts';
import { drawCommand } from '../programs.ts';
import type { Voice } from '../voice.ts';
import { askOften, showAsked } from './asked.ts';
import { showFailure, showMove } from './moves.ts';
import { showQuestions } from './questions.ts';
import { showScrape } from './scrape.ts';
import { COMMAND, type ExporterStage } from './stage.ts';
import { containersOf } from './workloads.ts';

const INDENT = '  ';

/** Shows what the exporter tells of a small cluster, and how it follows; throws what stops it. */
export async function showExporter(stage: ExporterStage, voice: Voice): Promise<void> {
  const { paper, say } = voice;
  say(...introduction(stage, paper));
  const args = await stage.configure();
  say('', ...drawCommand(COMMAND, args, paper));
  await stage.start(args);
  const first = await stage.scrape();
  const start = stage.takeAsked();
  const scrapes = await askOften(stage);
  showScrape(first, stage, voice);
  const prometheus = await stage.startPrometheus();
  await showAsked({ start, scrapes }, stage, voice);
  await showQuestions(prometheus, voice);
  await showMove(stage, prometheus, voice);
  await showFailure(stage, prometheus, voice);
  const { code, milliseconds } = await stage.exporter.stop();
  if (code !== 0) throw new Error(`${COMMAND} ended with ${code} after SIGTERM`);
  say('', `SIGTERM ended it in ${milliseconds.toFixed(0)} ms, in good order (exit code 0).`, '');
}

function introduction({ api, registries, names }: ExporterStage, paper: Paper): string[] {
  const apiHost = new URL(api.url).host;
  const { standIn, company } = registries;
  const width = Math.max(...[apiHost, standIn.host, company.host].map(({ length }) => length));
  const rows = containersOf(names).map(({ kind, name, image, init }) => [
    kind,
    name,
    `${shortDigests(image)}${init ? ' (init container)' : ''}`,
  ]);
  return [
    '',
    `${paper.paint('container-image-exporter', 'strong')} watches the workloads of a cluster, looks their`,
    'images up in the registries, and tells Prometheus what they are, where they run,',
    'and which of them cannot be pulled any more.',
    '',
    paper.paint('Nothing here leaves this machine: cluster and registries run inside this demo.', 'quiet'),
    `  ${apiHost.padEnd(width)}  ${paper.paint('is the API server of a cluster with the containers below', 'quiet')}`,
    `  ${standIn.host.padEnd(width)}  ${paper.paint('stands in for', 'quiet')} ${registries.publicHosts.join(', ')}`,
    `  ${company.host.padEnd(width)}  ${paper.paint('is your own, and wants the login that the pull secret has', 'quiet')}`,
    '',
    ...columns(rows, { width: paper.width - INDENT.length }).map((row) => INDENT + row),
  ];
}
