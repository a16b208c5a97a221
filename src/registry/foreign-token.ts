import { chooseChallenge, parseChallenges } from './challenge.ts';
import { fetchToken, type Scope, type TokenBuyer } from './token.ts';
import type { HttpResponse } from './transport.ts';

/**
 * The header for a host that a registry sent us to and that wants a token: an anonymous one of its own service.
 * Nothing of ours goes there, and nothing of it into the registry's tokens. Undefined where it wants something else.
 */
export async function foreignAuthorization(
  buyer: TokenBuyer,
  from: URL,
  answer: HttpResponse,
  signal: AbortSignal,
): Promise<string | undefined> {
  const challenge = chooseChallenge(parseChallenges(answer.challenges));
  if (challenge?.scheme !== 'bearer') return undefined;
  const stranger: TokenBuyer = {
    sender: { base: new URL('/', from), private: answer.privatePeer },
    base: from,
    throttle: buyer.throttle,
    persistence: buyer.persistence,
    now: () => buyer.now(),
    send: (request) => buyer.send(request),
  };
  const scopes = scopesIn(challenge.parameters.scope ?? '');
  const { token } = await fetchToken(stranger, challenge, { kind: 'anonymous' }, scopes, signal);
  return `Bearer ${token}`;
}

function scopesIn(text: string): readonly Scope[] {
  return text.split(' ').flatMap((scope) => {
    const path = /^repository:(.+):[^:]*$/.exec(scope)?.[1];
    return path === undefined ? [] : [{ path, push: false }];
  });
}
