export { RunError } from './failure.ts';
export type { MappingPlace, RunContext, RunLog, RunOptions, RunProgress } from './options.ts';
export { run, type RunReport, type RunResult } from './run.ts';
