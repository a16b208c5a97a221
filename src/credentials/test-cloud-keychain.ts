import { fakeEnvironment, type FakeEnvironment } from '../http/fake-environment.ts';
import type { Keychain } from '../registry/index.ts';
import { cloudKeychains } from './cloud-keychains.ts';
import type { CloudTransport } from './cloud-http.ts';

/** The time for the keychain of a test, and what was heard of it. */
export interface CloudState {
  now: number;
  /** `source reason` */
  readonly faults: string[];
  readonly messages: string[];
  /** `source 3 h`: how long each token is good. */
  readonly tokens: string[];
}

/** The clouds' keychain in an environment, on a transport of the test's own. */
export function cloudKeychain(
  environment: FakeEnvironment,
  transport: CloudTransport,
): { readonly keychain: Keychain; readonly state: CloudState } {
  const state: CloudState = { now: Date.now(), faults: [], messages: [], tokens: [] };
  const keychain = cloudKeychains({
    environment: fakeEnvironment(environment),
    clock: { now: () => state.now },
    random: () => 1,
    transport,
    onFault: ({ source, reason, message }) => {
      state.faults.push(`${source} ${reason}`);
      state.messages.push(message);
    },
    onToken: ({ source, expires }) =>
      state.tokens.push(`${source} ${Math.round((expires - state.now) / 3_600_000)} h`),
  });
  return { keychain, state };
}
