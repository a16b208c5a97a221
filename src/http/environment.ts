/** What the process around us provides; passed in, so that tests need no real home folder. */
export interface Environment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly uid: number;
  readonly platform: NodeJS.Platform;
  /** The text of a file; undefined when there is none. Any other failure is thrown. */
  readFile(path: string): Promise<string | undefined>;
  /** The names in a folder, sorted; empty when there is none. */
  readDirectory(path: string): Promise<readonly string[]>;
}
