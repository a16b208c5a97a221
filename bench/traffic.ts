/** What went through a registry or a link. */
export interface Traffic {
  /** Without those that were answered 401. */
  readonly requests: number;
  /** Those of them that asked for a token. */
  readonly tokens: number;
  readonly connections: number;
  /** Blobs uploaded, not mounted. */
  readonly blobs: number;
}

/** Who may do everything at a registry that is strict. */
export const LOGIN = { name: 'bench', password: 'bench' } as const;

/** What counts the requests to it. */
export interface Counting {
  /** Forgets what went through. */
  reset(): Promise<void>;
  traffic(): Promise<Traffic>;
}

/** What a server process tells about itself, once it is ready. */
export interface Ready {
  readonly host: string;
}

export function isTraffic(value: unknown): value is Traffic {
  return hasNumbers(value, ['requests', 'tokens', 'connections', 'blobs']);
}

export function isReady(value: unknown): value is Ready {
  return typeof value === 'object' && value !== null && 'host' in value && typeof value.host === 'string';
}

/** Traffic of two servers together. */
export function sumTraffic(all: readonly Traffic[]): Traffic {
  const sum = { requests: 0, tokens: 0, connections: 0, blobs: 0 };
  for (const { requests, tokens, connections, blobs } of all) {
    sum.requests += requests;
    sum.tokens += tokens;
    sum.connections += connections;
    sum.blobs += blobs;
  }
  return sum;
}

function hasNumbers(value: unknown, names: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof Reflect.get(value, name) === 'number')
  );
}
