import type { Lab } from './lab.ts';
import { ServerProcess } from './server-process.ts';
import { type Counting, isTraffic, type Traffic } from './traffic.ts';

export const ATTESTOR = 'projects/bench/attestors/built';
/** Whose tokens are taken. */
export const GOOGLE_USER = { clientId: 'id', clientSecret: 'secret', refreshToken: '1//refresh' } as const;

/** Doubles of Google's APIs in a process of their own, with an attestor and its key. */
export class GoogleDoubles implements AsyncDisposable, Counting {
  /** The environment of a program that is to use them. */
  readonly variables: Readonly<Record<string, string>>;
  readonly #process: ServerProcess;

  private constructor(process: ServerProcess, variables: Readonly<Record<string, string>>) {
    this.#process = process;
    this.variables = variables;
  }

  static async start(lab: Lab, roundTripMs: number): Promise<GoogleDoubles> {
    const server = await ServerProcess.start('google-server.ts', [String(roundTripMs)]);
    const { clientId: client_id, clientSecret: client_secret, refreshToken: refresh_token } = GOOGLE_USER;
    const login = { type: 'authorized_user', client_id, client_secret, refresh_token };
    await lab.write('application_default_credentials.json', JSON.stringify(login));
    return new GoogleDoubles(server, {
      HTTPS_PROXY: textOf(server.ready, 'proxyUrl'),
      NODE_EXTRA_CA_CERTS: await lab.write('ca.pem', textOf(server.ready, 'ca')),
      CLOUDSDK_CONFIG: lab.path(''),
    });
  }

  /** Forgets attestations too. */
  async reset(): Promise<void> {
    await this.#process.ask('reset');
  }

  async traffic(): Promise<Traffic> {
    const answer = await this.#process.ask('traffic');
    if (!isTraffic(answer)) throw new Error('the doubles do not tell their traffic');
    return answer;
  }

  /** Images with an attestation whose signature holds. */
  async attested(): Promise<number> {
    const answer = await this.#process.ask('traffic');
    const attested: unknown = isTraffic(answer) ? Reflect.get(answer, 'attested') : undefined;
    if (typeof attested !== 'number') throw new Error('the doubles do not tell what is attested');
    return attested;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}

function textOf(ready: unknown, name: string): string {
  const value: unknown = typeof ready === 'object' && ready !== null ? Reflect.get(ready, name) : undefined;
  if (typeof value !== 'string') throw new Error(`the doubles do not tell their ${name}`);
  return value;
}
