import type { Repository } from '../oci/index.ts';
import { errorCode } from './retry.ts';

const ECR =
  /^\d+\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)$/;
const WRITES = new Set(['POST', 'PATCH', 'PUT']);
const HUNG_UP = new Set(['ECONNRESET', 'EPIPE']);

/** How a request ended: with an answer, or with what the network threw. */
export type Ending =
  | { readonly status: number; readonly codes: readonly string[] }
  | { readonly cause: unknown };

/**
 * ECR has no repository until somebody makes it, and tells who pushes so with a 404 or by hanging up;
 * the hint to add to such an error, empty elsewhere.
 */
export function ecrHint(
  { repository, method }: { readonly repository: Repository; readonly method: string },
  ending: Ending,
): { readonly hint?: string } {
  const region = ECR.exec(repository.registry)?.[1];
  if (region === undefined || !WRITES.has(method)) return {};
  const missing =
    'cause' in ending
      ? HUNG_UP.has(errorCode(ending.cause))
      : ending.status === 404 && ending.codes.includes('NAME_UNKNOWN');
  if (!missing) return {};
  return {
    hint: `ECR needs the repository first: aws ecr create-repository --region ${region} --repository-name ${repository.path}`,
  };
}
