import { EVENT_ID, type Event } from '../yaml/index.ts';

/** What is kept of YAML events beside themselves; nodes are places in their list. */
export interface TreeIndex {
  /** The root of each document. */
  readonly roots: readonly number[];
  /** By event: the first one after its node. */
  readonly after: readonly number[];
  /** By alias: what it stands for. */
  readonly anchored: ReadonlyMap<number, number>;
  /** By node with an anchor: the aliases that stand for it, in document order. */
  readonly aliases: ReadonlyMap<number, readonly number[]>;
}

/** Finds in one pass where nodes end and what aliases stand for. */
export function indexTree(source: string, events: readonly Event[]): TreeIndex {
  const after: number[] = [];
  const anchored = new Map<number, number>();
  const aliases = new Map<number, number[]>();
  const roots: number[] = [];
  const open: number[] = [];
  let anchors = new Map<string, number>();
  for (let index = 0; index < events.length; index += 1) {
    const event = events[index];
    if (event === undefined) break;
    after.push(index + 1);
    if (event.type === EVENT_ID.POP) {
      const opened = open.pop();
      if (opened !== undefined) after[opened] = index + 1;
      continue;
    }
    if (event.type === EVENT_ID.DOCUMENT) {
      anchors = new Map();
      roots.push(index + 1);
      open.push(index);
      continue;
    }
    if (event.anchorStart >= 0) {
      const name = source.slice(event.anchorStart, event.anchorEnd);
      if (event.type === EVENT_ID.ALIAS) {
        const target = anchors.get(name);
        if (target !== undefined && !open.includes(target)) {
          anchored.set(index, target);
          const others = aliases.get(target);
          if (others === undefined) aliases.set(target, [index]);
          else others.push(index);
        }
      } else {
        anchors.set(name, index);
      }
    }
    if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING) open.push(index);
  }
  return { roots, after, anchored, aliases };
}
