/** Lines that were replaced; `at` is how many lines of the old text stand above them. */
export interface Change {
  readonly at: number;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

export interface HunkLine {
  readonly kind: 'same' | 'removed' | 'added';
  /** From 1, in the old text; undefined for what was added. */
  readonly number: number | undefined;
  readonly text: string;
}

/** Neighbouring changes with the lines around them. */
export type Hunk = readonly HunkLine[];

/** Finds what changed between two texts, given as lines, that are alike but for a line here and there. */
export function diffLines(old: readonly string[], now: readonly string[]): Change[] {
  const changes: Change[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      i++;
      j++;
      continue;
    }
    const [removed, added] = nextMeeting(old.slice(i), now.slice(j));
    changes.push({ at: i, removed: old.slice(i, i + removed), added: now.slice(j, j + added) });
    i += removed;
    j += added;
  }
  return changes;
}

/** Groups changes of a text into hunks with up to `context` lines before and after. */
export function hunksOf(changes: readonly Change[], old: readonly string[], context: number): Hunk[] {
  const hunks: HunkLine[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const { at, removed, added } of changes) {
    const near = at - context <= end + context;
    const from = near ? end : Math.max(at - context, 0);
    if (!near) {
      hunks.at(-1)?.push(...sameLines(old, end, end + context));
      hunks.push([]);
    }
    hunks
      .at(-1)
      ?.push(
        ...sameLines(old, from, at),
        ...removed.map((text, index) => ({ kind: 'removed' as const, number: at + index + 1, text })),
        ...added.map((text) => ({ kind: 'added' as const, number: undefined, text })),
      );
    end = at + removed.length;
  }
  hunks.at(-1)?.push(...sameLines(old, end, end + context));
  return hunks;
}

function sameLines(old: readonly string[], from: number, to: number): HunkLine[] {
  return old.slice(from, to).map((text, index) => ({ kind: 'same', number: from + index + 1, text }));
}

/** How many lines to leave out of each text until they meet again, as few as possible in all. */
function nextMeeting(old: readonly string[], now: readonly string[]): [removed: number, added: number] {
  for (let sum = 1; sum < old.length + now.length; sum++) {
    for (let removed = 0; removed <= sum; removed++) {
      const added = sum - removed;
      const meets = removed < old.length && added < now.length && old[removed] === now[added];
      if (meets) return [removed, added];
    }
  }
  return [old.length, now.length];
}
