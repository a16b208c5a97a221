import type { Agent } from 'node:http';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';

/** What the official client makes of a user: headers, and PEM texts if there is a client certificate. */
export interface OfficialAnswer {
  readonly authorization: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** A kubeconfig as an object, with one cluster, user and context. */
export type OfficialSource = Readonly<Record<string, unknown>>;

/** Authenticates a user as the official client does, which keeps tokens and their renewal to itself. */
export function officialUser(source: OfficialSource): () => Promise<OfficialAnswer> {
  const config = new KubeConfig();
  config.loadFromString(JSON.stringify(source));
  return async () => {
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    const authorization: unknown = Reflect.get(options.headers ?? {}, 'Authorization');
    return {
      authorization: typeof authorization === 'string' ? authorization : undefined,
      cert: text(options.cert),
      key: text(options.key),
    };
  };
}

/** An agent that reaches a server through the SOCKS proxy that the kubeconfig's cluster names; it keeps no connections. */
export async function officialAgent(source: OfficialSource): Promise<Agent> {
  const config = new KubeConfig();
  config.loadFromString(JSON.stringify(source));
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  if (typeof options.agent !== 'object') throw new TypeError('the official client made no agent');
  return options.agent;
}

function text(value: unknown): string | undefined {
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  return typeof value === 'string' ? value : undefined;
}
