/** A proxy that the environment names and that cannot be used; the value may hold a password and is not repeated. */
export class ProxyError extends Error {
  override name = 'ProxyError';
}

type Variables = Readonly<Record<string, string | undefined>>;

/** `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` as Node's agents read them. */
export interface ProxyEnvironment {
  readonly HTTP_PROXY?: string;
  readonly HTTPS_PROXY?: string;
  readonly NO_PROXY?: string;
}

/** The first releases whose agents know proxies: earlier ones would go past them without a word. */
const SINCE = { 22: 21, 24: 5 } as const;

/** What the environment says about proxies, for a Node of `version` (`22.21.0`). Throws `ProxyError`. */
export function proxyEnvironment(variables: Variables, version: string): ProxyEnvironment {
  const http = proxyUrl(variables, 'HTTP_PROXY');
  const https = proxyUrl(variables, 'HTTPS_PROXY');
  if (http === undefined && https === undefined) return {};
  const without = variable(variables, 'NO_PROXY');
  if (!knowsProxies(version) && without?.trim() !== '*') {
    const name = https === undefined ? 'HTTP_PROXY' : 'HTTPS_PROXY';
    throw new ProxyError(
      `${name} is set, but Node.js ${version} cannot use a proxy; Node.js 22.21 and 24.5 can`,
    );
  }
  return {
    ...(http === undefined ? {} : { HTTP_PROXY: http.href }),
    ...(https === undefined ? {} : { HTTPS_PROXY: https.href }),
    ...(without === undefined ? {} : { NO_PROXY: without }),
  };
}

/** The ports of proxies: a peer there is not the registry. */
export function proxyPorts({ HTTP_PROXY, HTTPS_PROXY }: ProxyEnvironment): ReadonlySet<number> {
  const urls = [HTTP_PROXY, HTTPS_PROXY].flatMap((text) => (text === undefined ? [] : new URL(text)));
  return new Set(urls.map(({ port, protocol }) => Number(port) || (protocol === 'https:' ? 443 : 80)));
}

function proxyUrl(variables: Variables, name: string): URL | undefined {
  const value = variable(variables, name)?.trim() ?? '';
  if (value === '') return undefined;
  // As curl and Go read it, a host and port alone are a proxy that speaks HTTP.
  const url = URL.parse(value.includes('://') ? value : `http://${value}`);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new ProxyError(`${name} is not the URL of an HTTP proxy (http://host:port)`);
}

function variable(variables: Variables, name: string): string | undefined {
  return variables[name.toLowerCase()] || variables[name];
}

function knowsProxies(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major === 22) return minor >= SINCE[22];
  return major > 24 || (major === 24 && minor >= SINCE[24]);
}
