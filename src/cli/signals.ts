/** Signals that end a program, as what waits sees them. */
export interface Interrupt {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** The name of the first signal; undefined until there is one. */
  received(): string | undefined;
  stop(): void;
}

const FAILURE = 1;

/** What a shell sees of a program that a signal ended. */
export const SIGNAL_EXIT: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143 };

/** The first signal ends the work in order, the second at once. */
export function watchSignals(host: NodeJS.Process): Interrupt {
  const controller = new AbortController();
  let received: string | undefined;
  const onSignal = (name: string): void => {
    if (received !== undefined) host.exit(SIGNAL_EXIT[name] ?? FAILURE);
    received = name;
    controller.abort(new Error(`interrupted by ${name}`));
  };
  for (const name of Object.keys(SIGNAL_EXIT)) host.on(name, onSignal);
  return {
    signal: controller.signal,
    received: () => received,
    stop: () => {
      for (const name of Object.keys(SIGNAL_EXIT)) host.off(name, onSignal);
    },
  };
}
