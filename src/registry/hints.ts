import type { Repository } from '../oci/index.ts';

const ECR =
  /^\d+\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)$/;

/**
 * ECR has no repository until somebody makes it, and says so with a 404 or by hanging up;
 * the hint to add to such an error, empty elsewhere. `status` is undefined when there was no answer.
 */
export function ecrHint(
  repository: Repository,
  status: number | undefined,
  codes: readonly string[],
): { readonly hint?: string } {
  const region = ECR.exec(repository.registry)?.[1];
  const missing = status === undefined || (status === 404 && codes.includes('NAME_UNKNOWN'));
  if (region === undefined || !missing) return {};
  return {
    hint: `ECR needs the repository first: aws ecr create-repository --region ${region} --repository-name ${repository.path}`,
  };
}
