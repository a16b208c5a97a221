import assert from 'node:assert/strict';
import type { KubeAnswer, KubeClient, KubeEvent, KubeObject, KubeRequest } from '../support/kube-client.ts';

/** What a case of the protocol works with: an API server and a namespace of its own in it. */
export interface ApiCaseContext {
  /** Who may do everything. */
  readonly client: KubeClient;
  readonly namespace: string;
  /** Whether the server's storage can tell how far a watch has come; etcd before 3.4.31 cannot. */
  readonly watchProgress: boolean;
  /** Token of a user of this case, who may do nothing until told. */
  readonly userName: string;
  readonly userToken: string;
  /** Lets the user do this in all namespaces, and nothing else. */
  grant(verbs: readonly ('get' | 'list' | 'watch')[], resources: readonly string[]): Promise<void>;
}

/** One demand of the Kubernetes API. */
export interface ApiCase {
  readonly name: string;
  readonly run: (context: ApiCaseContext) => Promise<void>;
}

/** Path of the pods of the case's namespace. */
export function podsPath({ namespace }: ApiCaseContext): string {
  return `/api/v1/namespaces/${namespace}/pods`;
}

export function pod(name: string, labels: Readonly<Record<string, string>> = {}): object {
  return { metadata: { name, labels }, spec: { containers: [{ name: 'app', image: 'example/app:1' }] } };
}

/** An object and its spec, as far as cases take it apart. */
export interface Templated {
  readonly metadata: object;
  readonly spec: { readonly replicas: number; readonly selector: object; readonly template: object };
}

export function deployment(name: string): Templated {
  const labels = { app: name };
  const spec = { containers: [{ name: 'app', image: 'example/app:1' }] };
  return {
    metadata: { name },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

/** Creates pods of these names, one after another. */
export async function createPods(context: ApiCaseContext, wanted: readonly string[]): Promise<KubeObject[]> {
  const made: KubeObject[] = [];
  for (const name of wanted)
    made.push(await context.client.ok('POST', podsPath(context), { body: pod(name) }));
  return made;
}

export async function mergePatch(client: KubeClient, path: string, body: object): Promise<KubeObject> {
  return client.ok('PATCH', path, { body, contentType: 'application/merge-patch+json' });
}

export function names({ items = [] }: KubeObject): (string | undefined)[] {
  return items.map(({ metadata }) => metadata.name);
}

/** `ADDED name`, in short. */
export function told(events: readonly KubeEvent[]): string[] {
  return events.map(({ type, object }) => `${type} ${object.metadata.name ?? ''}`.trim());
}

/** The Status of a failure, all of it. */
export interface ExpectedFailure {
  readonly code: number;
  readonly reason?: string;
  readonly message: string;
  readonly details?: object;
}

/** Asserts a refusal: its HTTP status and every word of its Status. */
export function assertFailure({ status, text }: KubeAnswer, expected: ExpectedFailure): void {
  assert.equal(status, expected.code, text);
  assertStatus(JSON.parse(text), expected);
}

/** Asserts a Status that stands in a stream, or alone. */
export function assertStatus(found: unknown, expected: ExpectedFailure): void {
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', ...expected };
  assert.deepEqual(found, body);
}

/** What is refused of the options of lists and watches. */
export function optionsFailure(
  ...faults: readonly { readonly field: string; readonly reason: string; readonly message: string }[]
): ExpectedFailure {
  const lines = faults.map(({ field, message }) => `${field}: ${message}`).join(', ');
  return {
    code: 422,
    reason: 'Invalid',
    message: `ListOptions.meta.k8s.io "" is invalid: ${faults.length === 1 ? lines : `[${lines}]`}`,
    details: {
      group: 'meta.k8s.io',
      kind: 'ListOptions',
      causes: faults.map(({ field, reason, message }) => ({ reason, message, field })),
    },
  };
}

/** A field of the options that may not be there. */
export function forbiddenOption(
  message: string,
  field = 'resourceVersionMatch',
): { field: string; reason: string; message: string } {
  return { field, reason: 'FieldValueForbidden', message: `Forbidden: ${message}` };
}

/** The refusal of a version that is not there yet; `current` is what the server says is its newest. */
export function tooLarge(wanted: number, { message = '' }: { readonly message?: string }): ExpectedFailure {
  const current = /current: (\d+)$/.exec(message)?.[1] ?? 'a number';
  return {
    code: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${wanted}, current: ${current}`,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  };
}

/** Sends a GET whose query is written as an object. */
export function get(
  client: KubeClient,
  path: string,
  query: Readonly<Record<string, string>>,
  request: KubeRequest = {},
): Promise<KubeAnswer> {
  return client.send('GET', `${path}?${new URLSearchParams(query).toString()}`, request);
}

/** As `get`, what must be a list read as one. */
export async function list(
  client: KubeClient,
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<KubeObject> {
  return client.ok('GET', `${path}?${new URLSearchParams(query).toString()}`);
}

/** Path and query of a watch. */
export function watchPath(path: string, query: Readonly<Record<string, string>>): string {
  return `${path}?${new URLSearchParams({ watch: 'true', ...query }).toString()}`;
}
