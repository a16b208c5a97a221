/** What an API server does and does not do. */
export interface ApiFeatures {
  /** Serves initial events in a watch; else 422, as servers do whose gate is off. */
  readonly watchList: boolean;
  /** Its storage tells how far watches have come; else initial events end in an ERROR event, as with etcd before 3.4.31. */
  readonly watchProgress: boolean;
  /** Bodies of lists above this size are compressed for clients that take gzip. */
  readonly gzipAboveBytes: number;
  /** Milliseconds between the bookmarks of a watch. */
  readonly bookmarkMs: number;
  /** How many changes are remembered; older versions are answered 410. */
  readonly historySize: number;
}

export const ALL_API_FEATURES: ApiFeatures = {
  watchList: true,
  watchProgress: true,
  gzipAboveBytes: 128 * 1024,
  bookmarkMs: 60_000,
  historySize: 10_000,
};
