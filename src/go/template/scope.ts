import type { ByteString } from './text.ts';
import type { Value } from './value.ts';

interface Variable {
  readonly name: ByteString;
  value: Value;
}

/** The variables a running template sees, the innermost last; the first is `$`, its data. */
export class Scope {
  readonly #variables: Variable[];

  constructor(data: Value) {
    this.#variables = [{ name: '$', value: data }];
  }

  get size(): number {
    return this.#variables.length;
  }

  /** Forgets what has been declared since the scope had this size. */
  shrink(size: number): void {
    this.#variables.length = size;
  }

  declare(name: ByteString, value: Value): void {
    this.#variables.push({ name, value });
  }

  /** Whether there is such a variable to assign to. */
  assign(name: ByteString, value: Value): boolean {
    const variable = this.#find(name);
    if (variable !== undefined) variable.value = value;
    return variable !== undefined;
  }

  read(name: ByteString): Value | undefined {
    return this.#find(name)?.value;
  }

  #find(name: ByteString): Variable | undefined {
    return this.#variables.findLast((variable) => variable.name === name);
  }
}
