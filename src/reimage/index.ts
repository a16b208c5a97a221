export { RunError } from './failure.ts';
export type { GateStage, MappingPlace, RunContext, RunLog, RunOptions } from './options.ts';
export { type RunProgress, startOfRun } from './progress.ts';
export { parseShard, type Shard } from './shard.ts';
export { run, type RunReport, type RunResult } from './run.ts';
