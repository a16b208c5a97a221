/** Takes in what a reflector learns; keys are `namespace/name`. */
export interface Sink<T> {
  /** The whole truth of a moment, in exchange for everything that was known. */
  replace(items: ReadonlyMap<string, T>): void;
  put(key: string, item: T): void;
  delete(key: string): void;
}
