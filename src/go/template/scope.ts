import type { ByteString } from './text.ts';
import type { Slot } from './value.ts';

interface Variable {
  readonly name: ByteString;
  value: Slot;
}

/** The variables a running template sees, the innermost last; the first is `$`, its data. */
export class Scope {
  readonly #variables: Variable[];

  constructor(data: Slot) {
    this.#variables = [{ name: '$', value: data }];
  }

  get size(): number {
    return this.#variables.length;
  }

  /** Forgets what has been declared since the scope had this size. */
  shrink(size: number): void {
    this.#variables.length = size;
  }

  /** Changes the variable declared last, or as many before it. */
  setTop(before: number, value: Slot): void {
    const variable = this.#variables.at(-1 - before);
    if (variable !== undefined) variable.value = value;
  }

  declare(name: ByteString, value: Slot): void {
    this.#variables.push({ name, value });
  }

  /** Whether there is such a variable to assign to. */
  assign(name: ByteString, value: Slot): boolean {
    const variable = this.#find(name);
    if (variable !== undefined) variable.value = value;
    return variable !== undefined;
  }

  read(name: ByteString): Slot | undefined {
    return this.#find(name)?.value;
  }

  #find(name: ByteString): Variable | undefined {
    return this.#variables.findLast((variable) => variable.name === name);
  }
}
