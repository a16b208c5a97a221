import type { Agent } from 'node:http';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { http, https } from '../http/index.ts';
import type { Access, ClientConfig } from './client-config.ts';
import { ConfigError } from './config-error.ts';
import { faultWords } from './words.ts';

/** Connections for one set of certificates: whatever waits on a watch is in nobody's way. */
export interface AgentPair {
  readonly requests: Agent;
  readonly watches: Agent;
}

/** Requests at the same time; more are lined up, so that many of them are not many handshakes. */
const MAX_REQUESTS = 8;

/** Connections to one server; when certificates change, those to come are new and those at work end their work. */
export class Agents {
  readonly #config: Pick<ClientConfig, 'server' | 'route' | 'source'>;
  #key = '';
  #current: Promise<AgentPair> | undefined;

  constructor(config: Pick<ClientConfig, 'server' | 'route' | 'source'>) {
    this.#config = config;
  }

  /** Throws `ConfigError` when the certificates are of no use and there are no earlier ones. */
  async pair(access: Access): Promise<AgentPair> {
    const { trust, identity } = access;
    const { ca, servername, insecure } = trust;
    const key = JSON.stringify([ca, servername, insecure, identity.cert, identity.key]);
    if (this.#current !== undefined && key === this.#key) return await this.#current;
    this.#key = key;
    this.#current = this.#replace(this.#current, access);
    return await this.#current;
  }

  /** Ends all connections, those of watches too. */
  async close(): Promise<void> {
    const pair = await this.#current?.catch(() => undefined);
    pair?.requests.destroy();
    pair?.watches.destroy();
  }

  async #replace(previous: Promise<AgentPair> | undefined, access: Access): Promise<AgentPair> {
    const old = await previous?.catch(() => undefined);
    try {
      const pair = await this.#make(access);
      if (old !== undefined) retire(old);
      return pair;
    } catch (cause) {
      this.#key = '';
      // A certificate and its key are two files, of which only the first may have been replaced yet.
      if (old !== undefined) return old;
      this.#current = undefined;
      const message = `the certificates of ${this.#config.source} cannot be used: ${faultWords(cause)}`;
      throw new ConfigError(message, { cause });
    }
  }

  async #make(access: Access): Promise<AgentPair> {
    const { server, route } = this.#config;
    if (route.kind === 'socks') {
      const agent = await socksAgent(server, route.url, access);
      return { requests: agent, watches: agent };
    }
    const common = {
      keepAlive: true,
      scheduling: 'lifo',
      ...(route.kind === 'http' ? { proxyEnv: { ...route.proxies } } : {}),
    } as const;
    const short = { ...common, maxSockets: MAX_REQUESTS } as const;
    if (server.protocol === 'http:')
      return { requests: new http.Agent(short), watches: new http.Agent(common) };
    const tls = { secureContext: secureContext(access), rejectUnauthorized: !access.trust.insecure };
    return {
      requests: new https.Agent({ ...short, ...tls }),
      watches: new https.Agent({ ...common, ...tls }),
    };
  }
}

/** Made once: without an authority of the cluster's own, hundreds are read. */
function secureContext({ trust, identity }: Access): SecureContext {
  const { cert, key } = identity;
  return createSecureContext({
    ca: trust.ca ?? roots(),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  });
}

function roots(): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
}

/** What the official client has for SOCKS; it is large, and only loaded for those who need it. */
async function socksAgent(server: URL, proxy: string, { trust, identity }: Access): Promise<Agent> {
  const { officialAgent } = await import('./official-config.ts');
  const cluster = {
    server: server.href,
    'proxy-url': proxy,
    'certificate-authority-data': base64(trust.ca),
    'tls-server-name': trust.servername,
    'insecure-skip-tls-verify': trust.insecure,
  };
  const user = {
    'client-certificate-data': base64(identity.cert),
    'client-key-data': base64(identity.key),
  };
  return await officialAgent({
    clusters: [{ name: 'cluster', cluster }],
    users: [{ name: 'user', user }],
    contexts: [{ name: 'context', context: { cluster: 'cluster', user: 'user' } }],
    'current-context': 'context',
  });
}

function base64(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Buffer.from(text, 'utf8').toString('base64');
}

/** Lets connections at work finish and keeps none: `destroy` would end them at once. */
function retire({ requests, watches }: AgentPair): void {
  for (const agent of [requests, watches]) {
    agent.maxFreeSockets = 0;
    for (const sockets of Object.values(agent.freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }
}
