import {
  formatPlace,
  type FunctionResult,
  type ImageRules,
  ManifestError,
  type ManifestFile,
  type ObjectName,
  parseManifest,
  type ParsedManifest,
  type Place,
  type ResourceList,
} from '../manifest/index.ts';
import { RunError } from '../reimage/index.ts';
import { redactText } from './redact.ts';

/** The ResourceList that a function got, and how images are found in it. */
export interface FunctionInput {
  readonly file: ManifestFile;
  /** Undefined where it could not be read. */
  readonly list: ResourceList | undefined;
  readonly rules: ImageRules;
}

/** A result for each place of an image whose text is another one now. */
export function changeResults({ file, list, rules }: FunctionInput, output: Uint8Array): FunctionResult[] {
  const before = parseManifest(file, { rules, input: 'k8s' }).sites;
  const after = parseManifest({ ...file, bytes: output }, { rules, input: 'k8s' }).sites;
  return before.flatMap((site, index) => {
    const image = after[index]?.image;
    if (image === undefined || image === site.image) return [];
    return [
      {
        message: `image ${site.image} is now ${image}`,
        severity: 'info' as const,
        ...objectFields(site, { currentValue: site.image, proposedValue: image }),
        ...fileField(list, site),
      },
    ];
  });
}

/** A result for each reason that a run failed for. */
export function failureResults(input: FunctionInput, error: unknown): FunctionResult[] {
  const manifest = readable(input);
  return reasonsOf(error).map(({ message, place }) => {
    const result = {
      message: redactText(place ? withoutPlace(message, place) : message),
      severity: 'error' as const,
    };
    if (!place) return result;
    const isHere = (other: Place): boolean => other.line === place.line && other.column === place.column;
    const site = manifest?.sites.find(isHere) ?? manifest?.unmatched.find(isHere);
    const found = site ?? manifest?.problems.find(isHere);
    return {
      ...result,
      ...(found && objectFields(found, site ? { currentValue: site.image } : {})),
      ...fileField(input.list, place),
    };
  });
}

interface Reason {
  readonly message: string;
  readonly place: Place | undefined;
}

function reasonsOf(error: unknown): readonly Reason[] {
  if (error instanceof RunError) return error.failures;
  if (error instanceof AggregateError) return error.errors.flatMap(reasonsOf);
  const place = error instanceof ManifestError ? error.place : undefined;
  return [{ message: error instanceof Error ? error.message : String(error), place }];
}

/** A place in a list that nobody has seen says nothing; the fields of the result do. */
function withoutPlace(message: string, place: Place): string {
  const prefix = formatPlace(place);
  if (!message.startsWith(prefix)) return message;
  return message.slice(prefix.length).replace(/^(?: and \d+ more places?)?: /, '');
}

function readable({ file, list, rules }: FunctionInput): ParsedManifest | undefined {
  if (list === undefined) return undefined;
  try {
    return parseManifest(file, { rules, input: 'k8s' });
  } catch (error) {
    // It is among the reasons already.
    if (error instanceof ManifestError) return undefined;
    throw error;
  }
}

function objectFields(
  { object, path }: { readonly object: ObjectName | undefined; readonly path: string },
  values: { readonly currentValue?: string; readonly proposedValue?: string },
): Pick<FunctionResult, 'resourceRef' | 'field'> {
  if (!object) return {};
  const { apiVersion, kind, name, namespace } = object;
  return {
    resourceRef: { apiVersion, kind, name, ...(namespace === '' ? {} : { namespace }) },
    field: { path, ...values },
  };
}

function fileField(
  list: ResourceList | undefined,
  place: Pick<Place, 'line' | 'column'>,
): Pick<FunctionResult, 'file'> {
  const file = list?.fileAt(place);
  if (!file) return {};
  return { file: { path: file.path, ...(file.index === undefined ? {} : { index: file.index }) } };
}
