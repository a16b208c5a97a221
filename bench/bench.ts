import { parseArgs } from 'node:util';
import { attest } from './attest.ts';
import { copy } from './copy.ts';
import { SharedCluster } from './exporter-cluster.ts';
import { exporterRound } from './exporter-round.ts';
import { exporterScale } from './exporter-scale.ts';
import { exporterScrape } from './exporter-scrape.ts';
import { exporterSync } from './exporter-sync.ts';
import { forceDigest } from './force-digest.ts';
import { Lab } from './lab.ts';
import { layer } from './layer.ts';
import { printMarkdown } from './markdown.ts';
import { mappingsOnly, mappingsOnlyWide } from './mappings-only.ts';
import type { Row, RowResult } from './row.ts';
import { rttFirst } from './rtt-first.ts';
import { rttSecond } from './rtt-second.ts';
import { scan } from './scan.ts';
import { sign } from './sign.ts';
import { printTable } from './table.ts';
import { version } from './version.ts';
import { yaml } from './yaml.ts';

const WRONG_USAGE = 2;

interface Arguments {
  readonly rows: readonly Row[];
  readonly format: 'table' | 'json' | 'markdown';
  readonly runs: number;
}

function allRows(cluster: SharedCluster): readonly Row[] {
  return [
    rttSecond,
    rttFirst,
    copy,
    yaml,
    version,
    forceDigest,
    layer,
    scan,
    attest,
    sign,
    mappingsOnly,
    mappingsOnlyWide,
    exporterSync(cluster),
    exporterScrape(cluster),
    exporterRound(cluster),
    exporterScale,
  ];
}

/** Throws `Error` for arguments that make no sense. */
function readArguments(args: readonly string[], all: readonly Row[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      runs: { type: 'string', default: '3' },
    },
  });
  const unknown = positionals.find((name) => !all.some((row) => row.name === name));
  if (unknown !== undefined) throw new Error(`there is no row ${unknown}`);
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1)
    throw new Error(`--runs must be a number from 1, not ${values.runs}`);
  return {
    rows: positionals.length === 0 ? all : all.filter(({ name }) => positionals.includes(name)),
    format: values.json ? 'json' : values.markdown ? 'markdown' : 'table',
    runs,
  };
}

async function measure({ rows, runs }: Arguments): Promise<readonly RowResult[]> {
  const results: RowResult[] = [];
  for (const row of rows) {
    await using lab = await Lab.open({ runs, say: (text) => process.stderr.write(`${row.name}: ${text}\n`) });
    results.push({ row, measured: await row.measure(lab) });
  }
  return results;
}

function print(results: readonly RowResult[], format: Arguments['format']): string {
  if (format === 'table') return printTable(results);
  if (format === 'json') {
    const plain = results.map(({ row: { name, work, goal, known }, measured }) => ({
      name,
      work,
      goal,
      measured,
      known,
    }));
    return `${JSON.stringify(plain, undefined, 2)}\n`;
  }
  return printMarkdown(results, { node: process.version, date: new Date().toISOString().slice(0, 10) });
}

async function main(): Promise<number> {
  await using cluster = new SharedCluster();
  const all = allRows(cluster);
  let args: Arguments;
  try {
    args = readArguments(process.argv.slice(2), all);
  } catch (error) {
    const usage = `usage: npm run bench -- [--json|--markdown] [--runs N] [${all.map(({ name }) => name).join('|')}]...\n`;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return WRONG_USAGE;
  }
  process.stdout.write(print(await measure(args), args.format));
  return 0;
}

process.exitCode = await main();
