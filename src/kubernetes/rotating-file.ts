import { type Clock, type Environment, within } from '../http/index.ts';
import { ConfigError } from './config-error.ts';

export interface RotatingFileOptions {
  readonly environment: Environment;
  readonly clock: Clock;
}

/** How long the text of a file is used without looking again, in milliseconds. */
const FRESH = 60_000;

/**
 * A file that others replace while we run (a token, a certificate): read again once a minute, and after `expire`. What
 * was read once stays in use while the file is missing, empty, unreadable or not what it should be.
 */
export class RotatingFile {
  readonly #path: string;
  readonly #options: RotatingFileOptions;
  readonly #fault: (text: string) => string | undefined;
  #text: string | undefined;
  #until = 0;
  #reading: Promise<string> | undefined;

  /** `fault` says what is wrong with a text: `holds no PEM`. */
  constructor(
    path: string,
    options: RotatingFileOptions,
    fault: (text: string) => string | undefined = () => undefined,
  ) {
    this.#path = path;
    this.#options = options;
    this.#fault = fault;
  }

  /** The text without white space around it; throws `ConfigError` if it was never to be had. */
  async read(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    if (this.#text !== undefined && this.#options.clock.now() < this.#until) return this.#text;
    this.#reading ??= this.#readAgain().finally(() => {
      this.#reading = undefined;
    });
    return await within(this.#reading, signal);
  }

  /** The text did not do: the file is read again with the next use. */
  expire(): void {
    this.#until = 0;
  }

  async #readAgain(): Promise<string> {
    const { environment, clock } = this.#options;
    try {
      const text = (await environment.readFile(this.#path))?.trim();
      const fault = text === undefined ? 'does not exist' : text === '' ? 'is empty' : this.#fault(text);
      if (text === undefined || fault !== undefined) throw new ConfigError(`${this.#path} ${fault}`);
      this.#text = text;
      this.#until = clock.now() + FRESH;
      return text;
    } catch (cause) {
      if (this.#text !== undefined) return this.#text;
      if (cause instanceof ConfigError) throw cause;
      throw new ConfigError(`${this.#path} cannot be read`, { cause });
    }
  }
}
