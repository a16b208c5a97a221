export { hostName, isLoopbackHost, isPrivateAddress } from './address.ts';
export { type Clock, systemClock, toError, within } from './clock.ts';
export type { Environment } from './environment.ts';
export { http, https } from './node-http.ts';
export { type ProxyEnvironment, ProxyError, proxyEnvironment, proxyPorts } from './proxy.ts';
export { parseRetryAfter } from './retry-after.ts';
export { SharedRun } from './shared-run.ts';
export { Slots } from './slots.ts';
