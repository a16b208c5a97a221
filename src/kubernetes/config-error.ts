/**
 * Access to a cluster whose configuration is missing, broken or of no use; says where it stands and what is wrong, never
 * what it holds.
 */
export class ConfigError extends Error {
  override name = 'ConfigError';
}
