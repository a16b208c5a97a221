import { BlockList, isIP } from 'node:net';
import { hostName, isLoopbackHost, type ProxyEnvironment, proxyEnvironment } from '../http/index.ts';
import { ConfigError } from './config-error.ts';

/** How to reach a server: straight, through HTTP proxies as Node's agents know them, or through a SOCKS proxy. */
export type Route =
  | { readonly kind: 'direct' }
  | { readonly kind: 'http'; readonly proxies: ProxyEnvironment }
  | { readonly kind: 'socks'; readonly url: string };

export interface RouteOptions {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Of the Node that runs us: older ones know no proxies. */
  readonly nodeVersion: string;
  /** The kubeconfig's `proxy-url`, which comes before the environment. */
  readonly proxyUrl: string | undefined;
  /** Where that stands. */
  readonly place: string;
}

/** The way to a server. Throws `ConfigError` for a proxy-url, `ProxyError` for an environment that cannot be followed. */
export function routeTo(server: URL, { variables, nodeVersion, proxyUrl, place }: RouteOptions): Route {
  if (proxyUrl !== undefined) {
    const url = URL.parse(proxyUrl);
    if (url !== null && /^socks(?:4a?|5h?)?:$/.test(url.protocol)) return { kind: 'socks', url: proxyUrl };
    if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
      throw new ConfigError(`${place}.proxy-url is not the URL of a proxy (http, https or socks5)`);
    const given = { HTTP_PROXY: url.href, HTTPS_PROXY: url.href };
    return { kind: 'http', proxies: proxyEnvironment(given, nodeVersion) };
  }
  const without = variables['no_proxy'] || variables['NO_PROXY'] || '';
  // Go programs never ask a proxy for this machine.
  if (isLoopbackHost(server.host) || isInNetworks(hostName(server.host), without)) return { kind: 'direct' };
  const proxies = proxyEnvironment(variables, nodeVersion);
  return Object.keys(proxies).length === 0 ? { kind: 'direct' } : { kind: 'http', proxies };
}

/** Networks in NO_PROXY (`10.96.0.0/12`) are what clusters exempt their services with; Node knows only ranges. */
function isInNetworks(host: string, noProxy: string): boolean {
  const family = isIP(host);
  if (family === 0) return false;
  const networks = new BlockList();
  for (const entry of noProxy.split(/[\s,]+/)) {
    const [network = '', length = '', ...rest] = entry.split('/');
    const version = isIP(network);
    if (version === 0 || rest.length > 0 || !/^\d{1,3}$/.test(length)) continue;
    if (Number(length) > (version === 6 ? 128 : 32)) continue;
    networks.addSubnet(network, Number(length), version === 6 ? 'ipv6' : 'ipv4');
  }
  return networks.check(host, family === 6 ? 'ipv6' : 'ipv4');
}
