/** How patiently hosts are asked, and how many things at once; times in milliseconds. */
export interface Pace {
  /** Most small requests at once per host. */
  readonly width: number;
  /** What a host's pauses may add up to before a request gives up; with 0 nobody waits for a host that asks for peace. */
  readonly patience: number;
  /** The length of a pause for which a host names none; doubled while it complains. */
  readonly firstPause: number;
  readonly longestPause: number;
  /** Bounds of what a host may ask for by `Retry-After`. */
  readonly leastRetryAfter: number;
  readonly mostRetryAfter: number;
  /** How often a request that fails in passing is sent. */
  readonly tries: number;
}

/** The pace of a run that somebody waits for. */
export const RUN_PACE: Pace = {
  width: 32,
  patience: 600_000,
  firstPause: 1000,
  longestPause: 60_000,
  // Of nothing, or of a time that is past, an endless loop would be made.
  leastRetryAfter: 1000,
  mostRetryAfter: Number.POSITIVE_INFINITY,
  tries: 5,
};
