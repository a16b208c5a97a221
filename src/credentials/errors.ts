/** A source of credentials that cannot be read or asked; names the source and the place in it, never what it holds. */
export class CredentialError extends Error {
  override name = 'CredentialError';
}
