import { GoogleError } from './google-api.ts';

/**
 * Members of an object in an answer, which leaves out what has its default (https://protobuf.dev/programming-guides/json):
 * what is missing or null reads as that. Throws `GoogleError` for a member of another type.
 */
export class JsonReader {
  readonly #value: object;
  readonly #place: string;

  /** `place` says in messages what is read: `occurrence projects/p/occurrences/o`. */
  constructor(value: unknown, place: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new GoogleError(`${place} is no JSON object`);
    this.#value = value;
    this.#place = place;
  }

  /** Empty where there is none. */
  text(name: string): string {
    const value = this.#member(name) ?? '';
    if (typeof value !== 'string') throw this.#wrong(name, 'text');
    return value;
  }

  /** 0 where there is none. */
  number(name: string): number {
    const value = this.#member(name) ?? 0;
    if (typeof value !== 'number') throw this.#wrong(name, 'number');
    return value;
  }

  /** False where there is none. */
  boolean(name: string): boolean {
    const value = this.#member(name) ?? false;
    if (typeof value !== 'boolean') throw this.#wrong(name, 'boolean');
    return value;
  }

  object(name: string): JsonReader | undefined {
    const value = this.#member(name);
    return value === undefined || value === null
      ? undefined
      : new JsonReader(value, `${this.#place}: ${name}`);
  }

  /** Empty where there is none. */
  values(name: string): readonly unknown[] {
    const value = this.#member(name) ?? [];
    if (!Array.isArray(value)) throw this.#wrong(name, 'list');
    return value;
  }

  /** Empty where there is none. */
  objects(name: string): readonly JsonReader[] {
    return this.values(name).map((item, index) => new JsonReader(item, `${this.#place}: ${name}[${index}]`));
  }

  #member(name: string): unknown {
    return Object.hasOwn(this.#value, name) ? Reflect.get(this.#value, name) : undefined;
  }

  #wrong(name: string, type: string): GoogleError {
    return new GoogleError(`${this.#place}: ${name} is no ${type}`);
  }
}
