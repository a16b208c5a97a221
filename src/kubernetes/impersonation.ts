import { ConfigError } from './config-error.ts';
import type { Fields } from './fields.ts';
import type { Identity } from './identity.ts';

/**
 * The headers that ask the server to take us for someone else
 * (https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/). Throws `ConfigError`.
 */
export function impersonation(user: Fields): Identity['headers'] {
  const name = user.string('as');
  const uid = user.string('as-uid');
  const groups = user.strings('as-groups');
  const extra = user.object('as-user-extra');
  if (name === undefined) {
    if (uid === undefined && groups.length === 0 && extra === undefined) return {};
    throw new ConfigError(`${user.place} has as-uid, as-groups or as-user-extra, but no as`);
  }
  const headers: Record<string, string | readonly string[]> = {
    'impersonate-user': headerText(name, user.place),
  };
  if (uid !== undefined) headers['impersonate-uid'] = headerText(uid, user.place);
  if (groups.length > 0) headers['impersonate-group'] = groups.map((group) => headerText(group, user.place));
  for (const key of extra?.names() ?? []) {
    headers[`impersonate-extra-${escapeKey(key)}`] =
      extra?.strings(key).map((value) => headerText(value, user.place)) ?? [];
  }
  return headers;
}

/** Header values go out byte by byte; the server reads them as UTF-8. */
function headerText(text: string, place: string): string {
  if (/\p{Cc}/u.test(text)) throw new ConfigError(`${place}: who to act as has control characters`);
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Header names know few characters; the server undoes percent signs in this one. */
function escapeKey(key: string): string {
  return encodeURIComponent(key.toLowerCase()).replace(/[()]/g, (bracket) =>
    bracket === '(' ? '%28' : '%29',
  );
}
