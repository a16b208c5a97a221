import { setImmediate as nextTurn } from 'node:timers/promises';
import { type CloudAnswer, cloudTransport, type CloudRequest, type CloudTransport } from './cloud-http.ts';
import { CloudFault } from './cloud-fault.ts';

export interface Detour {
  readonly transport: CloudTransport;
  /** Every request, as it was meant: `POST https://sts.eu-west-1.amazonaws.com/`. */
  readonly asked: string[];
  /** What was allowed for each. */
  readonly timeouts: number[];
}

/** A transport for tests: every host is answered by the double at `target`, which sees the host asked for; those in `dead` by nobody. */
export function detour(target: string, dead: readonly string[] = []): Detour {
  const direct = cloudTransport({ variables: {}, nodeVersion: process.versions.node });
  const asked: string[] = [];
  const timeouts: number[] = [];
  const transport = async (request: CloudRequest): Promise<CloudAnswer> => {
    const { url, headers, method, timeout } = request;
    asked.push(`${method} ${url.origin}${url.pathname}`);
    timeouts.push(timeout);
    if (dead.includes(url.host)) throw new CloudFault(`${url.host}: no answer`, { reason: 'timeout' });
    const rest = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'host');
    return await direct({
      ...request,
      url: new URL(`${url.pathname}${url.search}`, target),
      headers: { ...Object.fromEntries(rest), host: url.host },
      timeout: 10_000,
    });
  };
  return { transport, asked, timeouts };
}

/** Waits for what goes on in the background, turn by turn of the event loop. */
export async function until(isDone: () => boolean): Promise<void> {
  for (let turns = 0; !isDone(); turns += 1) {
    if (turns > 500_000) throw new Error('it does not come to that');
    await nextTurn();
  }
}
