import { parseArgs } from 'node:util';
import { copy } from './copy.ts';
import { forceDigest } from './force-digest.ts';
import { Lab } from './lab.ts';
import { layer } from './layer.ts';
import { printMarkdown } from './markdown.ts';
import type { Row, RowResult } from './row.ts';
import { rttFirst } from './rtt-first.ts';
import { rttSecond } from './rtt-second.ts';
import { printTable } from './table.ts';
import { version } from './version.ts';
import { yaml } from './yaml.ts';

const ROWS: readonly Row[] = [rttSecond, rttFirst, copy, yaml, version, forceDigest, layer];
const USAGE = `usage: npm run bench -- [--json|--markdown] [--runs N] [${ROWS.map(({ name }) => name).join('|')}]...\n`;
const WRONG_USAGE = 2;

interface Arguments {
  readonly rows: readonly Row[];
  readonly format: 'table' | 'json' | 'markdown';
  readonly runs: number;
}

/** Throws `Error` for arguments that make no sense. */
function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      runs: { type: 'string', default: '3' },
    },
  });
  const unknown = positionals.find((name) => !ROWS.some((row) => row.name === name));
  if (unknown !== undefined) throw new Error(`there is no row ${unknown}`);
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1)
    throw new Error(`--runs must be a number from 1, not ${values.runs}`);
  return {
    rows: positionals.length === 0 ? ROWS : ROWS.filter(({ name }) => positionals.includes(name)),
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
  let args: Arguments;
  try {
    args = readArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return WRONG_USAGE;
  }
  process.stdout.write(print(await measure(args), args.format));
  return 0;
}

process.exitCode = await main();
