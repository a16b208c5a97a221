import { readdirSync, readFileSync } from 'node:fs';
import type { Procfs } from '../exposition/index.ts';

/** Linux's files about processes; elsewhere there are none. */
export const procfs: Procfs = {
  read: (path) => unlessMissing(() => readFileSync(path, 'utf8')),
  count: (path) => unlessMissing(() => readdirSync(path).length),
};

function unlessMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
