import type { AuthOptions } from './access.ts';
import { type Answer, jsonAnswer } from './answer.ts';
import { blobAnswer } from './blobs.ts';
import type { Exchange, Registry } from './exchange.ts';
import { checkName } from './grammar.ts';
import { Guard } from './guard.ts';
import { catalogAnswer, referrersAnswer, tagsAnswer } from './listing.ts';
import { manifestAnswer } from './manifests.ts';
import { Refusal } from './refusal.ts';
import { redirectToStorage, storageAnswer } from './storage-origin.ts';
import { Uploads } from './uploads.ts';

/** What a port serves: the registry, a token service or a blob storage of its own. */
export type Role = 'registry' | 'token' | 'storage';

/** The URLs under which the parts of a registry are reached. */
export interface Origins {
  /** Undefined: the token service is where the registry is. */
  readonly token: () => string | undefined;
  readonly storage: () => string;
}

/** A request that was let in, ready to be handled. */
export type Admitted = () => Answer | Promise<Answer>;

/** Brings each request to its handler. */
export class Router {
  readonly uploads: Uploads;
  readonly #registry: Registry;
  readonly #guard: Guard;
  readonly #origins: Origins;
  readonly #now: () => number;

  constructor(registry: Registry, auth: AuthOptions, origins: Origins, now: () => number) {
    this.#registry = registry;
    this.#origins = origins;
    this.#now = now;
    this.uploads = new Uploads(registry);
    this.#guard = new Guard(auth, ({ origin }) => origins.token() ?? origin, now);
  }

  revokeTokens(): void {
    this.#guard.tokens?.revokeAll();
  }

  /** Checks a request's name and rights; throws `Refusal`. */
  admit(role: Role, exchange: Exchange): Admitted {
    const { area, repository } = exchange.route;
    const { tokens } = this.#guard;
    if (area === 'token' && tokens && (role === 'token' || this.#origins.token() === undefined)) {
      return () => tokens.answer(exchange);
    }
    if (area === 'storage' && role === 'storage') {
      return () => storageAnswer(this.#registry.store, exchange, this.#now());
    }
    if (role !== 'registry' || area === 'token' || area === 'storage' || area === 'other') {
      throw new Refusal('UNSUPPORTED', 'no such endpoint', { status: 404 });
    }
    if (repository !== '') checkName(repository);
    const mayRead = this.#guard.admit(exchange);
    return () => this.#handle(exchange, mayRead);
  }

  #handle(exchange: Exchange, mayRead: (repository: string) => boolean): Answer | Promise<Answer> {
    const registry = this.#registry;
    switch (exchange.route.area) {
      case 'manifest':
        return manifestAnswer(registry, exchange);
      case 'blob': {
        const answer = blobAnswer(registry, exchange);
        const redirects = registry.features.redirectBlobs && exchange.method === 'GET';
        return redirects ? redirectToStorage(this.#origins.storage(), exchange, this.#now()) : answer;
      }
      case 'uploads':
        return this.uploads.begin(exchange, mayRead);
      case 'upload':
        return this.uploads.proceed(exchange);
      case 'tags':
        return tagsAnswer(registry, exchange);
      case 'referrers':
        return referrersAnswer(registry, exchange);
      case 'catalog':
        return catalogAnswer(registry, exchange);
      default:
        return jsonAnswer(200, {});
    }
  }
}
