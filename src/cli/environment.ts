import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import type { Environment } from '../http/index.ts';

/** The environment of this process. */
export function processEnvironment(): Environment {
  return {
    variables: process.env,
    home: homedir(),
    uid: process.getuid?.() ?? 0,
    platform: process.platform,
    readFile: (path) => unlessMissing(readFile(path, 'utf8'), undefined),
    readDirectory: async (path) => (await unlessMissing<string[], string[]>(readdir(path), [])).toSorted(),
  };
}

async function unlessMissing<T, U>(reading: Promise<T>, missing: U): Promise<T | U> {
  try {
    return await reading;
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return missing;
    throw error;
  }
}
