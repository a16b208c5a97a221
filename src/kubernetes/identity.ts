/** What a request shows of who sends it. */
export interface Identity {
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** A client certificate in PEM form; always together with `key`. */
  readonly cert?: string;
  readonly key?: string;
}

/** A source of identities, which may change from request to request. */
export interface Authenticator {
  /** Who to be now, from memory unless it is time to look again; throws `ConfigError`, or the signal's reason. */
  identity(signal: AbortSignal): Promise<Identity>;
  /** The server answered 401 to this identity; true if the next one may be another. */
  refuse(identity: Identity): boolean;
}

/** The header of a bearer token. */
export function bearer(token: string): Identity {
  return { headers: { authorization: `Bearer ${token}` } };
}

/** Whether an identity that was refused is still the current one, to which others may have added. */
export function isCurrent(current: Identity, refused: Identity): boolean {
  return (
    current.headers['authorization'] === refused.headers['authorization'] &&
    (current.cert === undefined || current.cert === refused.cert)
  );
}
