import { ConfigError } from './config-error.ts';

/** The members of an object in a configuration, read with their types; null and empty values count as absent, as in Go. */
export class Fields {
  /** Where the object stands: `/home/me/.kube/config: users[0].user`. */
  readonly place: string;
  readonly #value: object;

  /** Throws `ConfigError` unless the value is an object. */
  constructor(value: unknown, place: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new ConfigError(`${place} is not an object`);
    this.#value = value;
    this.place = place;
  }

  /** The member as it is; undefined where there is none. */
  get(name: string): unknown {
    const value: unknown = Object.hasOwn(this.#value, name) ? Reflect.get(this.#value, name) : undefined;
    return value ?? undefined;
  }

  string(name: string): string | undefined {
    const value = this.get(name);
    if (value === undefined || value === '') return undefined;
    if (typeof value === 'string') return value;
    const way = typeof value === 'object' ? '' : ': put it in quotes';
    throw new ConfigError(`${this.#at(name)} is not a string${way}`);
  }

  /** As `string`, of a member that must be there. */
  required(name: string): string {
    const value = this.string(name);
    if (value === undefined) throw new ConfigError(`${this.place} has no ${name}`);
    return value;
  }

  boolean(name: string): boolean {
    const value = this.get(name) ?? false;
    if (typeof value !== 'boolean') throw new ConfigError(`${this.#at(name)} is not true or false`);
    return value;
  }

  /** The bytes of a base64 member as text, as PEM files are. */
  decoded(name: string): string | undefined {
    const value = this.string(name)?.replace(/\s+/g, '');
    if (value === undefined) return undefined;
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value)) throw new ConfigError(`${this.#at(name)} is not base64`);
    return Buffer.from(value, 'base64').toString('utf8');
  }

  object(name: string): Fields | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : new Fields(value, this.#at(name));
  }

  objects(name: string): readonly Fields[] {
    return this.#list(name).map((item, index) => new Fields(item, `${this.#at(name)}[${index}]`));
  }

  strings(name: string): readonly string[] {
    return this.#list(name).map((item, index) => {
      if (typeof item === 'string') return item;
      throw new ConfigError(`${this.#at(name)}[${index}] is not a string`);
    });
  }

  names(): readonly string[] {
    return Object.keys(this.#value);
  }

  #list(name: string): readonly unknown[] {
    const value = this.get(name) ?? [];
    if (!Array.isArray(value)) throw new ConfigError(`${this.#at(name)} is not a list`);
    return value;
  }

  #at(name: string): string {
    return this.place.includes(': ') ? `${this.place}.${name}` : `${this.place}: ${name}`;
  }
}
