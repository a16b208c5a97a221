import { type EmbeddedRegistry, type FaultMatch, startRegistry } from '../../src/testing/index.ts';

/** A registry that calls a function in the middle of a request, and goes on when the function has ended. */
export async function startHooked(
  match: FaultMatch,
  hook: (registry: EmbeddedRegistry, signal: AbortSignal) => Promise<void>,
  { after: passing = 0 }: { readonly after?: number } = {},
): Promise<EmbeddedRegistry> {
  const registry: EmbeddedRegistry = await startRegistry({
    faults: [{ match, after: passing, times: 1, action: { kind: 'delay', ms: 1 } }],
    sleep: (_, signal) => hook(registry, signal),
  });
  return registry;
}
