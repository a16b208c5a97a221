import { type ConfigFile, type ConfigFormat, parseConfigFile } from './config-file.ts';
import { CredentialError } from './errors.ts';

/** Where a text in the format of docker's `config.json` is kept. */
export interface ConfigText {
  /** What errors call it: a path, a variable's name. */
  readonly name: string;
  readonly format: ConfigFormat;
  /** Undefined when there is none. */
  read(): Promise<string | undefined>;
}

export interface ConfigReaderOptions {
  /** Hears of a text that cannot be used while the one before is. */
  readonly warn: (message: string) => void;
}

/**
 * A credential file that others may replace while we run. It is read whenever it is needed: times and inodes of mounted
 * secrets do not tell a change as surely as the few bytes themselves. Only another text is parsed.
 */
export class ConfigReader {
  readonly #source: ConfigText;
  readonly #options: ConfigReaderOptions;
  #text: string | undefined;
  #config: ConfigFile | undefined;

  constructor(source: ConfigText, options: ConfigReaderOptions) {
    this.#source = source;
    this.#options = options;
  }

  /**
   * What the file says, or last said while it cannot be read or makes no sense; undefined if there is none. Throws
   * `CredentialError` if it never was any good.
   */
  async read(): Promise<ConfigFile | undefined> {
    try {
      await this.#readAgain();
    } catch (error) {
      if (this.#config === undefined || !(error instanceof CredentialError)) throw error;
      this.#options.warn(`${error.message}; what it said before still counts`);
    }
    return this.#config;
  }

  async #readAgain(): Promise<void> {
    const { name, format } = this.#source;
    let text: string | undefined;
    try {
      text = await this.#source.read();
    } catch (cause) {
      throw new CredentialError(`${name} cannot be read`, { cause });
    }
    if (text !== this.#text)
      this.#config = text === undefined ? undefined : parseConfigFile(text, name, format);
    this.#text = text;
  }
}
