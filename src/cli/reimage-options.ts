import { resolve } from 'node:path';
import { compileGoRegexp, compileTemplate, type GoRegexp, type Template } from '../go/index.ts';
import { type ImageRules, NO_RULES } from '../manifest/index.ts';
import { parseReference, type Reference } from '../oci/index.ts';
import { type MappingPlace, parseShard, type RunOptions, type Shard } from '../reimage/index.ts';
import { invalid, oneOf } from './flag-fault.ts';
import { type FlagValues, type ParsedFlags, UsageError } from './go-flags.ts';
import type { REIMAGE_FLAGS } from './reimage-flags.ts';

type ReimageFlags = typeof REIMAGE_FLAGS;
type Values = FlagValues<ReimageFlags>;

/**
 * Turns flags into options, all but the rules, which are in a file; `variables` are those of the environment. Throws
 * `UsageError`.
 */
export function readOptions(
  { values, rest }: ParsedFlags<ReimageFlags>,
  variables: Readonly<Record<string, string | undefined>>,
): RunOptions {
  if (rest.length > 0)
    throw new UsageError(`unexpected argument "${rest[0]}"; manifests come from -f or standard input`);
  const staticMapping = readStaticMapping(values);
  if (values['mappings-only'] && !staticMapping) {
    throw new UsageError('-mappings-only needs -static-json-mappings-file or -static-json-mappings-img');
  }
  if (values['mappings-only'] && values.f.length > 0)
    throw new UsageError('-mappings-only reads no manifests: -f makes no sense with it');
  if (values['allow-missing'] && !staticMapping) {
    throw new UsageError('-allow-missing needs -static-json-mappings-file or -static-json-mappings-img');
  }
  refuseUnread(values);
  if (values.jobs < 1) throw new UsageError(`-jobs must be at least 1, not ${values.jobs}`);
  const renaming = template(values['rename-template']);
  const mappingImage = optionalReference('write-json-mappings-img', values['write-json-mappings-img']);
  if (mappingImage?.digest !== undefined) {
    throw new UsageError(
      `invalid value "${mappingImage.text}" for flag -write-json-mappings-img: it must have a tag, not a digest`,
    );
  }
  oneOf('log-format', values['log-format'], ['text', 'json']);
  refuseSharedFiles(values);
  return {
    input: oneOf('input', values.input, ['k8s', 'yaml', 'krm']) === 'yaml' ? 'yaml' : 'k8s',
    rules: NO_RULES satisfies ImageRules,
    failOnUnmatched: values['fail-on-unmatched'],
    ignore: values.ignore === '' ? undefined : regexp('ignore', values.ignore),
    renameIgnore: regexp('rename-ignore', values['rename-ignore']),
    rename:
      values['rename-remote-path'] === ''
        ? undefined
        : { template: renaming, remotePath: values['rename-remote-path'] },
    forceDigest: values['rename-force-digest'] || values['keep-tag'],
    keepTag: values['keep-tag'],
    clobber: values.clobber,
    copy: !values['no-copy'],
    referrers: !values['no-referrers'],
    staticMapping,
    verifyStaticMapping: values['verify-static-json-mappings'],
    allowMissing: values['allow-missing'],
    writeMapping: {
      file: values['write-json-mappings-file'] || undefined,
      image: mappingImage,
      imagesLock: values['write-images-lock-file'] || undefined,
      kbldLock: values['write-kbld-lock-file'] || undefined,
    },
    mappingsOnly: values['mappings-only'],
    shard: readShard(values, variables),
    shardPatience: values['shard-wait'],
    dryRun: values.dryrun,
    plan: values.plan,
    jobs: values.jobs,
  };
}

/** A check that would see nothing must not look as if it had passed. */
function refuseUnread(values: Values): void {
  const isPlain = values.input === 'yaml';
  if (!values['fail-on-unmatched'] || !(isPlain || values['mappings-only'])) return;
  const flag = isPlain ? '-input yaml' : '-mappings-only';
  throw new UsageError(`-fail-on-unmatched looks at Kubernetes objects, and ${flag} reads none`);
}

function readShard(
  values: Values,
  variables: Readonly<Record<string, string | undefined>>,
): Shard | undefined {
  const { shard } = values;
  if (shard === '') return undefined;
  if (!values['mappings-only']) throw new UsageError('-shard shares out a mapping: it needs -mappings-only');
  try {
    return parseShard(shard, variables);
  } catch (error) {
    throw invalid('shard', shard, error);
  }
}

/** Of two files under one name the last one that is written would be all there is. */
function refuseSharedFiles(values: Values): void {
  const flags = [
    'write-json-mappings-file',
    'write-images-lock-file',
    'write-kbld-lock-file',
    'vulncheck-report-output',
  ] as const;
  const owners = new Map<string, string>();
  for (const flag of flags) {
    if (values[flag] === '') continue;
    const path = resolve(values[flag]);
    const owner = owners.get(path);
    if (owner !== undefined)
      throw new UsageError(`-${owner} and -${flag} name the same file, ${values[flag]}`);
    owners.set(path, flag);
  }
}

function readStaticMapping(values: Values): MappingPlace | undefined {
  const path = values['static-json-mappings-file'];
  const reference = optionalReference('static-json-mappings-img', values['static-json-mappings-img']);
  if (path !== '' && reference) {
    throw new UsageError('only one of -static-json-mappings-file and -static-json-mappings-img can be given');
  }
  if (reference) return { kind: 'image', reference };
  return path === '' ? undefined : { kind: 'file', path };
}

function regexp(flag: string, pattern: string): GoRegexp {
  try {
    return compileGoRegexp(pattern);
  } catch (error) {
    throw invalid(flag, pattern, error);
  }
}

function template(text: string): Template {
  try {
    return compileTemplate(text, { name: 'rename-template' });
  } catch (error) {
    throw invalid('rename-template', text, error);
  }
}

function optionalReference(flag: string, text: string): Reference | undefined {
  if (text === '') return undefined;
  try {
    return parseReference(text);
  } catch (error) {
    throw invalid(flag, text, error);
  }
}
