/** How many requests of a kind a registry grants in a while, and how many are left. */
export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
  /** Seconds in which the whole limit comes back; undefined where that is not told. */
  readonly window: number | undefined;
}

/** Reads `ratelimit-limit` and `ratelimit-remaining` as Docker Hub sends them: `100;w=21600`, the window in seconds. */
export function parseRateLimit(headers: Readonly<Record<string, string | undefined>>): RateLimit | undefined {
  const limit = count(headers['ratelimit-limit']);
  const remaining = count(headers['ratelimit-remaining']);
  if (limit === undefined || remaining === undefined) return undefined;
  const window = /;\s*w=(\d{1,9})\s*(?:[;,]|$)/.exec(headers['ratelimit-limit'] ?? '')?.[1];
  return { limit, remaining, window: window === undefined ? undefined : Number(window) };
}

function count(header: string | undefined): number | undefined {
  const digits = /^\s*(\d{1,15})\s*(?:[;,]|$)/.exec(header ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}
