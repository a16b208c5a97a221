import type { Clock } from '../http/index.ts';
import { endWithText, type Listener, startListener } from './listener.ts';

export interface ProbeServerOptions {
  /** `host:port`; `0` or nothing for no server. */
  readonly address: string;
  /** Whose value the address is, for errors. */
  readonly flag: string;
  readonly clock: Clock;
  /** Why the exporter is not ready; nothing when it is. */
  readonly unready: () => readonly string[];
}

/** Serves `/healthz` and `/readyz`; undefined where the address asks for none. Throws `ListenError`. */
export async function startProbeServer(options: ProbeServerOptions): Promise<Listener | undefined> {
  const { address, unready } = options;
  if (address === '' || address === '0') return undefined;
  return await startListener((path, _request, response) => {
    // That anything is answered shows that the event loop turns, and that is all that a restart could mend.
    if (path === '/healthz') return endWithText(response, 200, 'ok');
    if (path !== '/readyz') return endWithText(response, 404, 'Here are /healthz and /readyz.\n');
    const reasons = unready();
    if (reasons.length === 0) return endWithText(response, 200, 'ok');
    return endWithText(response, 503, reasons.map((reason) => `${reason}\n`).join(''));
  }, options);
}
