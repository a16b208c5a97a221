import { BlockList, isIP } from 'node:net';
import { hostName, isLoopbackHost } from '../http/index.ts';

/**
 * Which addresses are out of bounds: none for a run whose images its user names; in a cluster, where whoever may
 * create a Pod names them, those of the machine and of its cloud.
 */
export type GuardMode = 'none' | 'cluster';

/** Why a host name or an address must not be connected to; undefined where it may. */
export type Guard = (host: string) => string | undefined;

/**
 * The guard for one request on behalf of a registry. A registry that is itself named by a loopback name is reached
 * there, on any port; no other name, redirect or realm leads there.
 */
export function guardFor(mode: GuardMode, registry: string, url: URL): Guard | undefined {
  if (mode === 'none') return undefined;
  const literal = isLoopbackHost(registry) && bareName(url.host) === bareName(registry);
  return (host) => {
    const asked = bareName(host);
    if (METADATA_NAMES.has(asked)) return 'a metadata service';
    const family = isIP(asked);
    if (contains(CLOUD, asked, family)) return 'an address of the machine or its cloud';
    const loopback = isLoopbackHost(asked) || contains(LOOPBACK, asked, family);
    // Plain HTTP is spoken to such a name, and somebody else's DNS may know it: `x.localhost` in a cluster's domain.
    if (literal && !loopback && family !== 0) return 'no address of this machine, as its name says';
    return loopback && !literal ? 'an address of this machine' : undefined;
  };
}

/** A host or an address without port, brackets, zone and the dot at the end. */
function bareName(host: string): string {
  return (isIP(host) === 0 ? hostName(host) : host).toLowerCase().replace(/%.*$|\.+$/, '');
}

function contains(list: BlockList, address: string, family: number): boolean {
  return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

const METADATA_NAMES = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
]);

const CLOUD = new BlockList();
CLOUD.addSubnet('169.254.0.0', 16, 'ipv4');
// Azure's wire server, Alibaba's and Oracle's metadata.
for (const address of ['168.63.129.16', '100.100.100.200', '192.0.0.192']) CLOUD.addAddress(address, 'ipv4');
CLOUD.addSubnet('fe80::', 10, 'ipv6');
// AWS's services on the machine, metadata (::254) and credentials (::23) among them; Google's metadata.
CLOUD.addSubnet('fd00:ec2::', 32, 'ipv6');
CLOUD.addAddress('fd20:ce::254', 'ipv6');
// The same behind NAT64 (RFC 6052).
CLOUD.addSubnet('64:ff9b::169.254.0.0', 112, 'ipv6');

/** Besides the loopback names; Linux connects the unspecified address to itself. */
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('0.0.0.0', 8, 'ipv4');
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::', 'ipv6');
LOOPBACK.addAddress('::1', 'ipv6');
