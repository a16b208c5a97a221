import { randomBytes } from 'node:crypto';
import { lstat, open, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ManifestFile } from '../manifest/index.ts';

/** Input that is not there, or cannot be read or written. */
export class FileError extends Error {
  override name = 'FileError';
}

const STDIN = '<stdin>';
const OWNER_ONLY = 0o600;
const MANIFEST_NAMES = /\.(?:ya?ml|json)$/i;

/**
 * Reads manifests as `kubectl apply -f` would: files, the manifest files of folders in name order,
 * `-` or an empty list for standard input, which is read once. Throws `FileError`, an `AggregateError` of several,
 * or the signal's reason.
 */
export async function readManifestFiles(
  paths: readonly string[],
  stdin: Readable,
  signal: AbortSignal,
): Promise<readonly ManifestFile[]> {
  const files: ManifestFile[] = [];
  const faults: unknown[] = [];
  let stdinRead = false;
  for (const path of paths.length === 0 ? ['-'] : paths) {
    try {
      if (path === '-') {
        if (stdinRead) throw new FileError('standard input can be read only once');
        stdinRead = true;
        files.push({ name: STDIN, bytes: await readStdin(stdin, signal) });
      } else {
        for (const name of await expand(path)) files.push({ name, bytes: await readInput(name) });
      }
    } catch (error) {
      signal.throwIfAborted();
      faults.push(error);
    }
  }
  if (faults.length > 1) throw new AggregateError(faults, 'several files cannot be read');
  if (faults.length === 1) throw faults[0];
  return files;
}

async function readStdin(stdin: Readable, signal: AbortSignal): Promise<Buffer> {
  try {
    return await buffer(addAbortSignal(signal, stdin));
  } catch (error) {
    throw new FileError(`cannot read standard input: ${reasonOf(error)}`, { cause: error });
  }
}

async function expand(path: string): Promise<readonly string[]> {
  let names: string[];
  try {
    names = await readdir(path);
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return [path];
    throw new FileError(`cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
  const manifests = names.filter((name) => MANIFEST_NAMES.test(name)).toSorted();
  if (manifests.length === 0) throw new FileError(`there is no .yaml, .yml or .json file in ${path}`);
  return manifests.map((name) => join(path, name));
}

async function readInput(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new FileError(`cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Reads a text file. Throws `FileError`. */
export async function readText(path: string): Promise<string> {
  return (await readInput(path)).toString('utf8');
}

/**
 * Replaces a file whole or not at all, by a text or its pieces, readable by its owner only; a link stays, what it
 * leads to is replaced; devices and pipes are written to. Throws `FileError`.
 */
export async function replaceFile(path: string, text: string | Iterable<string>): Promise<void> {
  try {
    const file = await realpath(path).catch(() => path);
    const there = await lstat(file).catch(() => undefined);
    if (there && !there.isFile()) await writeFile(file, text, { mode: OWNER_ONLY });
    else await replaceWhole(file, text);
  } catch (error) {
    throw new FileError(`cannot write ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

async function replaceWhole(path: string, text: string | Iterable<string>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    const file = await open(temporary, 'wx', OWNER_ONLY);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : '';
}

function reasonOf(error: unknown): string {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file or folder',
    ENOTDIR: 'a part of its path is no folder',
    EACCES: 'permission denied',
    EISDIR: 'it is a folder',
    ENOSPC: 'no space left on the device',
    EROFS: 'the file system is read-only',
  };
  return reasons[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
}
