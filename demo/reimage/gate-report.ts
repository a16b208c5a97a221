import { isObject, list, member } from '../json.ts';

/** A finding above a limit. */
export interface Reported {
  readonly id: string;
  readonly cvss: number;
  /** Name and version. */
  readonly package: string;
  readonly fixedIn: string | undefined;
  readonly reason: string;
}

/** An image as the report of the gate has it. */
export interface ReportedImage {
  readonly sources: readonly string[];
  readonly status: string;
  readonly rejected: readonly Reported[];
  readonly ignored: readonly Reported[];
}

export interface GateReport {
  readonly verdict: string;
  readonly images: readonly ReportedImage[];
}

/** Reads the report that `-vulncheck-report-output` writes as JSON. */
export function readGateReport(json: string): GateReport {
  const report: unknown = JSON.parse(json);
  return {
    verdict: String(member(report, 'verdict')),
    images: list(member(report, 'images')).map((image) => ({
      sources: list(member(image, 'sources')).map(String),
      status: String(member(image, 'status')),
      rejected: list(member(image, 'rejected')).map(reported),
      ignored: list(member(image, 'ignored')).map(reported),
    })),
  };
}

/** What a report says of an image as the manifests write it. */
export function imageIn({ images }: GateReport, from: string): ReportedImage {
  const image = images.find(({ sources }) => sources.includes(from));
  if (!image) throw new Error(`the report says nothing of ${from}`);
  return image;
}

function reported(finding: unknown): Reported {
  const [first] = list(member(finding, 'packages')).filter(isObject);
  const fixedIn = member(first, 'fixedIn');
  return {
    id: String(member(finding, 'id')),
    cvss: Number(member(finding, 'cvss')),
    package: `${String(member(first, 'name'))} ${String(member(first, 'version'))}`,
    fixedIn: typeof fixedIn === 'string' ? fixedIn : undefined,
    reason: String(member(finding, 'reason')),
  };
}
