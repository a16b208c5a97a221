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
export const SIGNAL_EXIT: Readonly<Record<string, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** What signals are heard from: the process. */
export interface SignalHost {
  readonly stderr: { readonly isTTY?: boolean };
  on(name: string, listener: (name: string) => void): unknown;
  off(name: string, listener: (name: string) => void): unknown;
  exit(code: number): void;
}

/** The first signal ends the work in order, the second at once; the end of a terminal counts where it is ours. */
export function watchSignals(host: SignalHost): Interrupt {
  const controller = new AbortController();
  let received: string | undefined;
  const onSignal = (name: string): void => {
    if (received !== undefined) host.exit(SIGNAL_EXIT[name] ?? FAILURE);
    received = name;
    controller.abort(new Error(`interrupted by ${name}`));
  };
  // Who was started to outlive the terminal has its words elsewhere, and ignores that signal already.
  const names = Object.keys(SIGNAL_EXIT).filter((name) => name !== 'SIGHUP' || host.stderr.isTTY);
  for (const name of names) host.on(name, onSignal);
  return {
    signal: controller.signal,
    received: () => received,
    stop: () => {
      for (const name of names) host.off(name, onSignal);
    },
  };
}
