import { dirname } from 'node:path';
import type { Environment } from './index.ts';

export interface FakeEnvironment extends Omit<Partial<Environment>, 'readFile' | 'readDirectory'> {
  /** Path → text; an Error is thrown when the file is read. */
  readonly files?: Readonly<Record<string, string | Error>>;
}

/** An environment in memory, for tests: Linux, user 1000, home `/home/me`, and no other files than those given. */
export function fakeEnvironment({ files = {}, ...given }: FakeEnvironment = {}): Environment {
  return {
    variables: {},
    home: '/home/me',
    uid: 1000,
    platform: 'linux',
    ...given,
    readFile: async (path) => {
      const content = Object.hasOwn(files, path) ? files[path] : undefined;
      if (content instanceof Error) throw content;
      return content;
    },
    readDirectory: async (path) =>
      Object.keys(files)
        .filter((name) => dirname(name) === path)
        .map((name) => name.slice(path.length + 1))
        .toSorted(),
  };
}
