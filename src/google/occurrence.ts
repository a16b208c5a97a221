import { JsonReader } from './json-reader.ts';

/** What is known of one resource (https://cloud.google.com/artifact-analysis/docs/reference/rest/v1/projects.occurrences). */
export interface Occurrence {
  /** `projects/p/occurrences/o` */
  readonly name: string;
  /** `DISCOVERY`, `VULNERABILITY`, `ATTESTATION`, … */
  readonly kind: string;
  /** `https://registry/repository@sha256:…` */
  readonly resourceUri: string;
  /** `projects/p/notes/n` */
  readonly noteName: string;
  /** RFC 3339. */
  readonly createTime: string;
  /** RFC 3339. */
  readonly updateTime: string;
  readonly discovery: DiscoveryDetails | undefined;
  readonly vulnerability: VulnerabilityDetails | undefined;
  readonly attestation: AttestationDetails | undefined;
}

/** How far the analysis of a resource is. */
export interface DiscoveryDetails {
  /** `PENDING`, `SCANNING`, `FINISHED_SUCCESS`, `FINISHED_FAILED`, `FINISHED_UNSUPPORTED`; empty where it does not say. */
  readonly analysisStatus: string;
  /** Why it failed, or is not supported; empty where it does not say. */
  readonly error: string;
}

/** A vulnerability of a resource; texts are empty where it does not say. */
export interface VulnerabilityDetails {
  /** `CVE-2024-1` */
  readonly shortDescription: string;
  readonly longDescription: string;
  /** `CRITICAL`, `HIGH`, … */
  readonly severity: string;
  /** The distribution's, else that of the note. */
  readonly effectiveSeverity: string;
  /** 0 where there is none, as are those of the versions. */
  readonly cvssScore: number;
  readonly cvssV3: number;
  readonly cvssV2: number;
  readonly packages: readonly PackageIssue[];
}

export interface PackageIssue {
  readonly name: string;
  readonly version: string;
  /** A version without the fault; undefined where there is none. */
  readonly fixedIn: string | undefined;
}

export interface AttestationDetails {
  /** Base64. */
  readonly serializedPayload: string;
  readonly signatures: readonly AttestationSignature[];
}

export interface AttestationSignature {
  /** Base64. */
  readonly signature: string;
  readonly publicKeyId: string;
}

/** An attestation that is to be made. */
export interface NewAttestation {
  readonly resourceUri: string;
  readonly noteName: string;
  readonly attestation: AttestationDetails;
}

/** Reads an occurrence as it is answered. Throws `GoogleError` for what is none. */
export function readOccurrence(value: unknown, host: string): Occurrence {
  const named = new JsonReader(value, `${host}: an occurrence`).text('name');
  const reader = new JsonReader(value, `${host}: occurrence ${named}`);
  return {
    name: named,
    kind: reader.text('kind'),
    resourceUri: reader.text('resourceUri'),
    noteName: reader.text('noteName'),
    createTime: reader.text('createTime'),
    updateTime: reader.text('updateTime'),
    discovery: readDiscovery(reader.object('discovery')),
    vulnerability: readVulnerability(reader.object('vulnerability')),
    attestation: readAttestation(reader.object('attestation')),
  };
}

function readDiscovery(reader: JsonReader | undefined): DiscoveryDetails | undefined {
  if (reader === undefined) return undefined;
  const errors = [reader.object('analysisStatusError'), ...reader.objects('analysisError')];
  const words = errors.map((status) => status?.text('message') ?? '').filter((text) => text !== '');
  return { analysisStatus: reader.text('analysisStatus'), error: [...new Set(words)].join('; ') };
}

function readVulnerability(reader: JsonReader | undefined): VulnerabilityDetails | undefined {
  if (reader === undefined) return undefined;
  return {
    shortDescription: reader.text('shortDescription'),
    longDescription: reader.text('longDescription'),
    severity: reader.text('severity'),
    effectiveSeverity: reader.text('effectiveSeverity'),
    cvssScore: reader.number('cvssScore'),
    cvssV3: reader.object('cvssv3')?.number('baseScore') ?? 0,
    cvssV2: reader.object('cvssV2')?.number('baseScore') ?? 0,
    packages: reader.objects('packageIssue').map(readPackage),
  };
}

function readPackage(reader: JsonReader): PackageIssue {
  const fixed = reader.object('fixedVersion');
  // A fixed version of kind MAXIMUM says that there is none.
  const fixedIn = fixed?.text('kind') === 'MAXIMUM' ? '' : versionText(fixed);
  return {
    name: reader.text('affectedPackage'),
    version: versionText(reader.object('affectedVersion')),
    fixedIn: fixedIn === '' ? undefined : fixedIn,
  };
}

function versionText(version: JsonReader | undefined): string {
  if (version === undefined) return '';
  const full = version.text('fullName');
  if (full !== '') return full;
  const [epoch, name, revision] = [version.number('epoch'), version.text('name'), version.text('revision')];
  return `${epoch === 0 ? '' : `${epoch}:`}${name}${revision === '' ? '' : `-${revision}`}`;
}

function readAttestation(reader: JsonReader | undefined): AttestationDetails | undefined {
  if (reader === undefined) return undefined;
  return {
    serializedPayload: reader.text('serializedPayload'),
    signatures: reader.objects('signatures').map((signature) => ({
      signature: signature.text('signature'),
      publicKeyId: signature.text('publicKeyId'),
    })),
  };
}
