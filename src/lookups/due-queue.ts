/** Something with a time; `due` and `place` belong to the queue while it is in one. */
export interface Scheduled {
  /** Milliseconds since the epoch. */
  due: number;
  /** Where the queue keeps it; -1 outside. */
  place: number;
}

/** Things in the order of their times: a binary heap that knows where each of them is. */
export class DueQueue<T extends Scheduled> {
  readonly #heap: T[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The time of the first; undefined when there is none. */
  get next(): number | undefined {
    return this.#heap[0]?.due;
  }

  /** Puts an item in, or moves it to another time. */
  set(item: T, due: number): void {
    item.due = due;
    if (item.place < 0) {
      item.place = this.#heap.length;
      this.#heap.push(item);
    }
    this.#settle(item);
  }

  delete(item: T): void {
    const { place } = item;
    if (place < 0) return;
    item.place = -1;
    const last = this.#heap.pop();
    if (!last || last === item) return;
    this.#put(last, place);
    this.#settle(last);
  }

  /** Takes out the first item if its time has come. */
  take(now: number): T | undefined {
    const [first] = this.#heap;
    if (!first || first.due > now) return undefined;
    this.delete(first);
    return first;
  }

  #settle(item: T): void {
    let { place } = item;
    while (place > 0) {
      const parent = this.#heap[(place - 1) >> 1];
      if (!parent || parent.due <= item.due) break;
      this.#put(parent, place);
      place = (place - 1) >> 1;
    }
    for (;;) {
      const [left, right] = [this.#heap[2 * place + 1], this.#heap[2 * place + 2]];
      const child = right && left && right.due < left.due ? right : left;
      if (!child || child.due >= item.due) break;
      const below = child.place;
      this.#put(child, place);
      place = below;
    }
    this.#put(item, place);
  }

  #put(item: T, place: number): void {
    this.#heap[place] = item;
    item.place = place;
  }
}
