/** An answer of the server that is not what it should be; quotes nothing of it. */
export class ContentError extends Error {
  override name = 'ContentError';
}
