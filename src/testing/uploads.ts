import { type Digest, digestAlgorithm } from '../oci/index.ts';
import { type Answer, emptyAnswer } from './answer.ts';
import { type Exchange, methodRefused, type Registry } from './exchange.ts';
import { readDigest } from './grammar.ts';
import { Refusal } from './refusal.ts';
import { UploadSession } from './upload-session.ts';

export interface UploadTotals {
  readonly blobs: number;
  readonly bytes: number;
}

/** Blobs on their way in: sessions, chunks, mounts (distribution specification, "Pushing blobs"). */
export class Uploads {
  readonly #registry: Registry;
  readonly #sessions = new Map<string, UploadSession>();
  #started = 0;
  #blobs = 0;
  #bytes = 0;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** How many blobs were uploaded, not mounted, and their bytes. */
  get totals(): UploadTotals {
    return { blobs: this.#blobs, bytes: this.#bytes };
  }

  get openSessions(): number {
    return this.#sessions.size;
  }

  reset(): void {
    this.#sessions.clear();
    this.#blobs = 0;
    this.#bytes = 0;
  }

  /** `POST /v2/<name>/blobs/uploads/`; `mayRead` says whether the client may pull from the repository it mounts from. */
  async begin(exchange: Exchange, mayRead: (repository: string) => boolean): Promise<Answer> {
    if (exchange.method !== 'POST') throw methodRefused();
    const { url, route } = exchange;
    const mounted = this.#mount(exchange, mayRead);
    if (mounted) return this.#created(exchange, mounted);
    const session = new UploadSession(
      this.#nextId(),
      route.repository,
      this.#registry.features.discardAboveBytes,
    );
    const digest = url.searchParams.get('digest');
    if (digest !== null && this.#registry.features.singlePost && !url.searchParams.has('mount')) {
      return this.#close(exchange, session, readDigest(digest));
    }
    this.#sessions.set(session.id, session);
    return emptyAnswer(202, this.#sessionHeaders(exchange, session));
  }

  /** `/v2/<name>/blobs/uploads/<session>`: PATCH, PUT, GET, DELETE. */
  async proceed(exchange: Exchange): Promise<Answer> {
    const session = this.#session(exchange);
    switch (exchange.method) {
      case 'PATCH': {
        this.#checkChunk(exchange, session);
        await session.append(exchange.body, 'sha256');
        return emptyAnswer(202, this.#sessionHeaders(exchange, session));
      }
      case 'PUT': {
        const digest = readDigest(exchange.url.searchParams.get('digest') ?? '');
        if (exchange.headers['content-range'] !== undefined) this.#checkChunk(exchange, session);
        return this.#close(exchange, session, digest);
      }
      case 'GET':
        return emptyAnswer(204, this.#sessionHeaders(exchange, session));
      case 'DELETE':
        this.#sessions.delete(session.id);
        return emptyAnswer(204);
      default:
        throw methodRefused();
    }
  }

  #mount({ url, route }: Exchange, mayRead: (repository: string) => boolean): Digest | undefined {
    const mount = url.searchParams.get('mount');
    if (mount === null) return undefined;
    const digest = readDigest(mount);
    const { store, features } = this.#registry;
    const from = url.searchParams.get('from');
    if (from === null) {
      return features.anonymousMount && store.linkBlob(route.repository, digest) ? digest : undefined;
    }
    if (!features.mount || !mayRead(from) || !store.hasBlob(from, digest)) return undefined;
    store.linkBlob(route.repository, digest);
    return digest;
  }

  async #close(exchange: Exchange, session: UploadSession, digest: Digest): Promise<Answer> {
    await session.append(exchange.body, digestAlgorithm(digest));
    this.#sessions.delete(session.id);
    const source = session.finish(digest);
    this.#registry.store.putBlob(session.repository, source, digest);
    this.#blobs++;
    this.#bytes += source.size;
    return this.#created(exchange, digest);
  }

  #created(exchange: Exchange, digest: Digest): Answer {
    const { features } = this.#registry;
    return emptyAnswer(201, {
      Location: `${this.#base(exchange)}/v2/${exchange.route.repository}/blobs/${digest}`,
      ...(features.digestHeader ? { 'Docker-Content-Digest': digest } : {}),
    });
  }

  #session({ route, url }: Exchange): UploadSession {
    const session = this.#sessions.get(route.reference);
    if (!session || session.repository !== route.repository) {
      throw new Refusal('BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
    }
    if (!session.isStateOf(url, this.#registry.features.signedUploadQuery)) {
      throw new Refusal('BLOB_UPLOAD_INVALID', 'blob upload invalid', {
        detail: 'state of the session is not as sent',
      });
    }
    return session;
  }

  #checkChunk(exchange: Exchange, session: UploadSession): void {
    const range = exchange.headers['content-range'];
    const length = exchange.headers['content-length'];
    const { minChunkBytes } = this.#registry.features;
    if (session.sawShortChunk) {
      throw new Refusal('SIZE_INVALID', `a chunk before the last was below ${minChunkBytes} bytes`);
    }
    if (range === undefined) return;
    const match = /^(\d+)-(\d+)$/.exec(range);
    if (!match || Number(match[1]) !== session.size || Number(match[2]) < Number(match[1])) {
      const headers = this.#sessionHeaders(exchange, session);
      throw new Refusal('RANGE_INVALID', `chunk ${range} does not continue at ${session.size}`, { headers });
    }
    const size = Number(match[2]) - Number(match[1]) + 1;
    if (length !== undefined && Number(length) !== size) {
      throw new Refusal('SIZE_INVALID', `Content-Length ${length} and Content-Range ${range} differ`);
    }
    session.sawShortChunk = size < minChunkBytes;
  }

  #sessionHeaders(exchange: Exchange, session: UploadSession): Record<string, string> {
    const { minChunkBytes } = this.#registry.features;
    return {
      Location: `${this.#base(exchange)}/v2/${session.repository}/blobs/uploads/${session.id}?${session.state}`,
      Range: `0-${Math.max(0, session.size - 1)}`,
      'Docker-Upload-UUID': session.id,
      ...(minChunkBytes > 0 ? { 'OCI-Chunk-Min-Length': String(minChunkBytes) } : {}),
    };
  }

  #base(exchange: Exchange): string {
    return this.#registry.features.location === 'absolute' ? exchange.origin : '';
  }

  #nextId(): string {
    this.#started++;
    return `00000000-0000-4000-8000-${String(this.#started).padStart(12, '0')}`;
  }
}
