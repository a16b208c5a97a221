import {
  addResults,
  failedList,
  type FunctionResult,
  type ManifestFile,
  NO_RULES,
  parseResourceList,
  type ResourceList,
} from '../manifest/index.ts';
import { readManifestFiles } from './files.ts';
import { type ParsedFlags, UsageError } from './go-flags.ts';
import { parseFunctionFlags } from './krm-flags.ts';
import { changeResults, failureResults } from './krm-results.ts';
import { type Caller, runReimage } from './reimage-command.ts';
import { REIMAGE_FLAGS } from './reimage-flags.ts';

const NEWEST = 'config.kubernetes.io/v1';

/**
 * Runs `reimage` as a KRM function: one ResourceList on standard input, and it with results on standard output; when
 * the run fails, a ResourceList with results alone. Tells the exit code; throws `UsageError`.
 */
export async function runFunction(
  argv: readonly string[],
  own: ParsedFlags<typeof REIMAGE_FLAGS>,
  host: NodeJS.Process,
): Promise<number> {
  if (host.stdin.isTTY) throw new UsageError('no ResourceList: pipe it in');
  let file: ManifestFile | undefined;
  let list: ResourceList | undefined;
  let fault: unknown;
  try {
    // Nothing has begun that a signal would have to end in order.
    [file] = await readManifestFiles([], host.stdin, new AbortController().signal);
    if (file) list = parseResourceList(file);
  } catch (error) {
    fault = error;
  }
  const input = { file: file ?? { name: '<stdin>', bytes: new Uint8Array() }, list };
  const fail = (results: readonly FunctionResult[]): Uint8Array =>
    failedList(list?.apiVersion ?? NEWEST, results);
  const caller: Caller = {
    read: () => (list ? Promise.resolve([input.file]) : Promise.reject(fault)),
    succeeded: (output, rules) =>
      addResults({ ...input.file, bytes: output }, changeResults({ ...input, rules }, output)),
    failed: (error, rules) => fail(failureResults({ ...input, rules }, error)),
  };
  try {
    // What is wrong with the list is told as any failure is, with the flags that are known without it.
    const flags = list ? parseFunctionFlags(REIMAGE_FLAGS, argv, list.functionConfig) : own;
    return await runReimage(flags, host, caller);
  } catch (error) {
    if (error instanceof UsageError) host.stdout.write(caller.failed(error, NO_RULES));
    throw error;
  }
}
