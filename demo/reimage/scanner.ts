import type { Digest } from '../../src/oci/index.ts';

/** A finding as the demo has it. */
export interface StagedFinding {
  readonly id: string;
  readonly cvss: number;
  readonly package: string;
  readonly version: string;
  /** Undefined where there is none. */
  readonly fixedIn: string | undefined;
  readonly description: string;
  /** Why it is ignored in the end. */
  readonly excuse: string;
}

/** What the stand-in finds in one image; in all others it finds nothing. */
export const FINDINGS: readonly StagedFinding[] = [
  {
    id: 'CVE-2023-6879',
    cvss: 9.8,
    package: 'libaom3',
    version: '3.6.0-1+deb12u1',
    fixedIn: undefined,
    description: 'A change of the resolution between video frames overflows a buffer.',
    excuse: 'no video is decoded here',
  },
  {
    id: 'CVE-2024-45491',
    cvss: 9.8,
    package: 'libexpat1',
    version: '2.5.0-1+deb12u1',
    fixedIn: '2.5.0-1+deb12u2',
    description: 'An integer overflow in dtdCopy on 32-bit platforms.',
    excuse: 'the fix comes with the next base image',
  },
];

/** A script that stands in for trivy: the image is its last word, and a report is what it prints. */
export function scannerScript(digest: Digest): string {
  return `# Stands in for trivy: the image is the last word, the report goes to standard output.
for image; do :; done
case $image in
*@${digest})
  printf '%s\\n' '${report(FINDINGS)}' ;;
*)
  printf '%s\\n' '${report([])}' ;;
esac
`;
}

/** An ignore file for all that is found; `expires` is a day. */
export function ignoreFile(expires: string): string {
  const entries = FINDINGS.map(
    ({ id, package: name, excuse }) =>
      `- id: ${id}\n  packages: [${name}]\n  reason: ${excuse}\n  expires: ${expires}\n`,
  );
  return entries.join('');
}

/** As `trivy image -f json` prints it; in a shell it stands between single quotes. */
function report(findings: readonly StagedFinding[]): string {
  const Vulnerabilities = findings.map(({ id, cvss, package: name, version, fixedIn, description }) => ({
    VulnerabilityID: id,
    PkgName: name,
    InstalledVersion: version,
    ...(fixedIn === undefined ? {} : { FixedVersion: fixedIn }),
    Severity: 'CRITICAL',
    Description: description,
    CVSS: { nvd: { V3Score: cvss } },
  }));
  return JSON.stringify({ SchemaVersion: 2, Results: [{ Vulnerabilities }] });
}
