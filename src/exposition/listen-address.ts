/** Where a server listens. */
export interface ListenAddress {
  /** Undefined for all interfaces. */
  readonly host: string | undefined;
  /** 0 for any that is free. */
  readonly port: number;
}

/** A server cannot listen where a flag says; the message names the flag and its value. */
export class ListenError extends Error {
  override name = 'ListenError';

  constructor(flag: string, address: string, fault: string, options?: ErrorOptions) {
    super(`${flag} "${address}": ${fault}`, options);
  }
}

/** Reads `host:port` or `:port`, with brackets around an IPv6 host, as the value of a flag; throws `ListenError`. */
export function parseListenAddress(flag: string, text: string): ListenAddress {
  const match = /^(?:\[([\da-fA-F:.]+(?:%[^\]]+)?)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null) {
    throw new ListenError(flag, text, 'it is no host:port, as ":8080", "127.0.0.1:8080" or "[::1]:8080" are');
  }
  if (port > 65_535) throw new ListenError(flag, text, 'ports end at 65535');
  return { host: match[1] ?? (match[2] || undefined), port };
}
