import { parseArgs } from 'node:util';
import { findKube } from '../support/kube-programs.ts';
import { FLAT_BELOW } from './memory.ts';
import { type Minute, printMinutes } from './soak-table.ts';
import { soak } from './soak-run.ts';

// A long run of the built exporter; `npm run soak -- --minutes 30 --pods 2000`.

const USAGE = 'usage: npm run soak -- [--minutes N] [--pods N] [--seed N] [--log FILE]\n';
const MINUTE = 60_000;

function say(text: string): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '30' },
      pods: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      log: { type: 'string' },
    },
  });
  const [minutes, pods, seed] = [values.minutes, values.pods, values.seed].map(Number);
  if (!minutes || !pods || seed === undefined || Number.isNaN(seed)) throw new Error(USAGE);
  const programs = await findKube('new');
  if (typeof programs === 'string') throw new Error(programs);
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  const table: Minute[] = [];
  const { faults, memory, peak, comparisons, upheavals } = await soak({
    programs,
    duration: minutes * MINUTE,
    workloads: pods,
    seed,
    signal: interrupted.signal,
    log: values.log,
    cacheSeconds: 30,
    unrest: 75_000,
    upheavals: 3,
    rate: 10,
    period: MINUTE,
    say,
    onMinute: (minute) => {
      table.push(minute);
      say(`\n${printMinutes([minute])}`);
    },
  });
  const happened = [...upheavals].map(([name, count]) => `${name}: ${count}\n`);
  const growth = memory
    ? `memory grew by ${(memory.slope / 1000).toFixed(0)} kB a minute in the second half (flat is below ${FLAT_BELOW / 1000})`
    : 'too short to judge memory';
  process.stdout.write(
    `\n${printMinutes(table)}\n${happened.join('')}${comparisons} comparisons without a difference; ${growth}; peak ${(peak / 1e6).toFixed(1)} MB\n`,
  );
  if (faults.length > 0) process.stdout.write(`\n${faults.length} faults:\n${faults.join('\n')}\n`);
  return faults.length === 0 ? 0 : 1;
}

process.exitCode = await main();
