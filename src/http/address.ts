import { BlockList, isIP } from 'node:net';

/** A host without port and IPv6 brackets: `[::1]:5000` is `::1`. */
export function hostName(host: string): string {
  const bracket = /^\[([^\]]*)\]/.exec(host);
  return bracket?.[1] ?? host.replace(/:\d+$/, '');
}

/** Names and addresses that never leave this machine: plain HTTP is safe there. */
export function isLoopbackHost(host: string): boolean {
  const name = hostName(host).toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  return isIP(name) !== 0 && LOOPBACK.check(name, isIP(name) === 6 ? 'ipv6' : 'ipv4');
}

/** Addresses that no public registry has a reason to send anybody to (RFC 6890): loopback, link-local, private, unspecified. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && PRIVATE.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 128],
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv6');
}
