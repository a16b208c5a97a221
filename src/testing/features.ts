/** What a registry does and does not do; the defaults are a registry that does everything. */
export interface Features {
  /** Answers HEAD for manifests; else 405. */
  readonly headManifest: boolean;
  /** Sends `Docker-Content-Digest`. */
  readonly digestHeader: boolean;
  readonly referrers: boolean;
  /** Honours `mount` with `from`; else a session begins. */
  readonly mount: boolean;
  /** Honours `mount` without `from`. */
  readonly anonymousMount: boolean;
  /** Takes a whole blob in `POST …?digest=`; else a session begins. */
  readonly singlePost: boolean;
  /** Tags by `PUT …/manifests/<digest>?tag=…` and says so in `OCI-Tag`. */
  readonly tagParameters: boolean;
  /** Announced as `OCI-Chunk-Min-Length`, in bytes; 0 for none. */
  readonly minChunkBytes: number;
  /** Whether `Location` is a whole URL or only a path. */
  readonly location: 'absolute' | 'relative';
  /** Refuses upload URLs whose query was written anew instead of only appended to. */
  readonly signedUploadQuery: boolean;
  /** The most entries that one page of tags, referrers or repositories has. */
  readonly pageSize: number;
  /** Uploaded blobs of more bytes are hashed and counted, but not kept: pulling one ends in a cut connection. */
  readonly discardAboveBytes: number;
  /** Blobs are answered with a redirect to a signed URL on another origin. */
  readonly redirectBlobs: boolean;
}

export const ALL_FEATURES: Features = {
  headManifest: true,
  digestHeader: true,
  referrers: true,
  mount: true,
  anonymousMount: true,
  singlePost: true,
  tagParameters: true,
  minChunkBytes: 0,
  location: 'absolute',
  signedUploadQuery: false,
  pageSize: 1000,
  discardAboveBytes: Number.POSITIVE_INFINITY,
  redirectBlobs: false,
};
