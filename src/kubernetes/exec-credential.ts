import { ConfigError } from './config-error.ts';
import { Fields } from './fields.ts';
import { bearer, type Identity } from './identity.ts';

/** A credential that a plugin printed. */
export interface ExecCredential {
  readonly identity: Identity;
  /** When it ends, in milliseconds since the epoch; undefined for one that lasts until it is refused. */
  readonly expires: number | undefined;
}

/**
 * Reads the `ExecCredential` that a plugin printed
 * (https://kubernetes.io/docs/reference/config-api/client-authentication.v1/); throws `ConfigError`, which names
 * `plugin` and quotes nothing.
 */
export function parseExecCredential(stdout: string, apiVersion: string, plugin: string): ExecCredential {
  const root = new Fields(parseJson(stdout, plugin), `${plugin} printed something that`);
  const answer = new Fields(root.get('status') ?? {}, `${plugin}: status`);
  if (root.get('kind') !== 'ExecCredential')
    throw new ConfigError(`${plugin} printed something that is no ExecCredential`);
  if (root.get('apiVersion') !== apiVersion)
    throw new ConfigError(`${plugin} printed an ExecCredential of another apiVersion than ${apiVersion}`);
  const token = answer.string('token');
  const cert = answer.string('clientCertificateData');
  const key = answer.string('clientKeyData');
  if ((cert === undefined) !== (key === undefined)) {
    const [missing, present] = cert === undefined ? ['certificate', 'key'] : ['key', 'certificate'];
    throw new ConfigError(`${plugin} printed a client ${present} without its ${missing}`);
  }
  if (token === undefined && cert === undefined)
    throw new ConfigError(`${plugin} printed an ExecCredential without token and certificate`);
  const expiration = answer.string('expirationTimestamp');
  const expires = expiration === undefined ? undefined : Date.parse(expiration);
  if (Number.isNaN(expires))
    throw new ConfigError(`${plugin} printed an expirationTimestamp that is no time`);
  return {
    identity: {
      headers: token === undefined ? {} : bearer(token).headers,
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    },
    expires,
  };
}

function parseJson(text: string, plugin: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's words quote the text, which holds the credential.
    throw new ConfigError(`${plugin} printed something that is not JSON`);
  }
}
