export {
  OutputLimitError,
  type ProcessRequest,
  type ProcessResult,
  type ProcessRunner,
  runProcess,
} from './run-process.ts';
