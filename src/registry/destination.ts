import { isLoopbackHost, isPrivateAddress, hostName } from '../http/index.ts';
import { DestinationError } from './errors.ts';

/** What is known of the registry that sends us somewhere. */
export interface Sender {
  /** Where it is asked: scheme, host and port. */
  readonly base: URL;
  /** True when it was itself reached at a private address. */
  readonly private: boolean;
}

export interface Destination {
  readonly url: URL;
  /** True when it is the registry itself, which alone may see its credentials. */
  readonly own: boolean;
  /** True when the connection must refuse private addresses. */
  readonly publicOnly: boolean;
}

/**
 * Where a redirect, an upload's `Location` or a token realm leads, seen from the registry that named it.
 * Throws `DestinationError` for other schemes, from https to http, and from a public registry to a private address.
 */
export function destination(sender: Sender, text: string, from: URL): Destination {
  const url = resolve(text, from);
  if (url.username !== '' || url.password !== '') {
    throw new DestinationError(`${sender.base.host} sends us to ${url.host} with credentials in the URL`);
  }
  if (url.host === sender.base.host) {
    // Behind a TLS proxy registries often think that they speak plain HTTP.
    url.protocol = sender.base.protocol;
    return { url, own: true, publicOnly: false };
  }
  if (url.protocol !== 'https:' && (url.protocol !== 'http:' || sender.base.protocol !== 'http:')) {
    throw new DestinationError(
      `${sender.base.host} sends us to ${url.protocol}//${url.host}, which is not https`,
    );
  }
  const inside = isLoopbackHost(url.host) || isPrivateAddress(hostName(url.host));
  if (inside && !sender.private) {
    throw new DestinationError(`${sender.base.host} sends us to the private address ${url.host}`, {
      blocked: true,
    });
  }
  return { url, own: false, publicOnly: !sender.private };
}

function resolve(text: string, from: URL): URL {
  try {
    return new URL(text, from);
  } catch (cause) {
    throw new DestinationError(`${from.host} sends us to something that is no URL`, { cause });
  }
}
