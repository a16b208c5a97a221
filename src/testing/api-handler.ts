import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ApiFeatures } from './api-features.ts';
import { API_VERSION, discovery } from './api-discovery.ts';
import { isJsonObject, type JsonObject } from './api-json.ts';
import { listBody, listPage, selectionOf } from './api-list.ts';
import { listOptions } from './api-list-options.ts';
import type { Writing } from './api-object.ts';
import type { ApiRoute, ApiVerb, ObjectRoute } from './api-path.ts';
import type { ApiResource } from './api-resources.ts';
import {
  ApiRefusal,
  badRequest,
  detailsOf,
  failure,
  methodNotAllowed,
  noSuchResource,
  notFound,
  type Status,
  tooLarge,
} from './api-status.ts';
import type { ApiStore, Place } from './api-store.ts';
import { createObject, deleteObject, objectBody, patchObject, updateObject } from './api-writes.ts';
import { type Answer, bytesAnswer } from './answer.ts';

/** One request as the handlers see it. */
export interface ApiExchange {
  readonly method: string;
  readonly url: URL;
  readonly route: ApiRoute;
  readonly verb: ApiVerb | undefined;
  readonly request: IncomingMessage;
}

const JSON_TYPE = 'application/json';
const TEXT_TYPE = 'text/plain; charset=utf-8';
const compress = promisify(gzip);

/** Answers all but watches; throws `ApiRefusal`. */
export async function apiAnswer(
  store: ApiStore,
  exchange: ApiExchange,
  writing: Writing,
  features: ApiFeatures,
): Promise<Answer> {
  const { route, url } = exchange;
  switch (route.area) {
    case 'health':
      return bytesAnswer(200, TEXT_TYPE, Buffer.from('ok'));
    case 'version':
      return statusOk(JSON.stringify(API_VERSION));
    case 'discovery': {
      const found = discovery(url.pathname);
      return found === undefined ? pageNotFound() : statusOk(JSON.stringify(found));
    }
    case 'unserved':
      throw noSuchResource();
    case 'objects':
      return objectAnswer(store, { ...exchange, route }, writing, features);
    default:
      return pageNotFound();
  }
}

/** The answer to what is refused. */
export function refusalAnswer(error: unknown): Answer {
  const { status } = error instanceof ApiRefusal ? error : failure(500, String(error));
  const seconds = status.details?.retryAfterSeconds;
  const headers: Record<string, string> = seconds === undefined ? {} : { 'Retry-After': String(seconds) };
  return bytesAnswer(status.code ?? 500, JSON_TYPE, Buffer.from(`${JSON.stringify(status)}\n`), headers);
}

async function objectAnswer(
  store: ApiStore,
  exchange: ApiExchange & { readonly route: ObjectRoute },
  writing: Writing,
  features: ApiFeatures,
): Promise<Answer> {
  const { route, verb, url, request } = exchange;
  const { resource, namespace, name, subresource } = route;
  const query = url.searchParams;
  const place = { namespace: resource.namespaced ? namespace : '', name };
  const collection = verb === 'list' || verb === 'create' || verb === 'deletecollection';
  if (collection !== (name === '') || (resource.namespaced && namespace === '' && verb !== 'list')) {
    throw methodNotAllowed();
  }
  switch (verb) {
    case 'get': {
      const wanted = Number(query.get('resourceVersion') ?? '');
      if (wanted > store.resourceVersion) throw tooLarge(wanted, store.resourceVersion);
      const object = store.get(resource, place);
      if (!object) throw notFound(resource, name);
      return statusOk(objectBody(resource, object));
    }
    case 'list': {
      const page = listPage(store, selectionOf(route, query), listOptions(query));
      return compressed(listBody(resource, page), request, features.gzipAboveBytes);
    }
    case 'create': {
      const body = await readObject(request, [JSON_TYPE]);
      const object = createObject(store, { resource, place, subresource, body, writing });
      return { ...statusOk(objectBody(resource, object)), status: 201 };
    }
    case 'update': {
      const body = await readObject(request, [JSON_TYPE]);
      return statusOk(
        objectBody(resource, updateObject(store, { resource, place, subresource, body, writing })),
      );
    }
    case 'patch': {
      const body = await readObject(request, ['application/merge-patch+json']);
      return statusOk(
        objectBody(resource, patchObject(store, { resource, place, subresource, body, writing })),
      );
    }
    case 'delete':
      return deletion(store, { resource, place }, query, writing);
    case 'deletecollection': {
      if (!resource.namespaced) throw methodNotAllowed();
      const page = listPage(store, selectionOf(route, query), {
        state: { kind: 'newest' },
        limit: undefined,
      });
      for (const item of page.items) deleteObject(store, { resource, place: item }, graceOf(query, writing));
      return statusOk(listBody(resource, { ...page, resourceVersion: store.resourceVersion }));
    }
    default:
      throw methodNotAllowed();
  }
}

function deletion(
  store: ApiStore,
  target: { readonly resource: ApiResource; readonly place: Place },
  query: URLSearchParams,
  writing: Writing,
): Answer {
  const { resource, place } = target;
  const { object, gone } = deleteObject(store, target, graceOf(query, writing));
  if (!gone || resource.kind === 'Pod' || resource.kind === 'ServiceAccount') {
    return statusOk(objectBody(resource, object));
  }
  const done: Status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { ...detailsOf(resource, place.name), uid: object.uid },
  };
  return statusOk(`${JSON.stringify(done)}\n`);
}

function graceOf(
  query: URLSearchParams,
  { now }: Writing,
): { readonly graceSeconds: number | undefined; readonly now: number } {
  const seconds = query.get('gracePeriodSeconds');
  return { graceSeconds: seconds === null ? undefined : Number(seconds), now };
}

async function readObject(request: IncomingMessage, types: readonly string[]): Promise<JsonObject> {
  const type = (request.headers['content-type'] ?? JSON_TYPE).split(';', 1)[0] ?? '';
  if (!types.includes(type)) {
    const message = `the body of the request was in an unknown format - accepted media types include: ${types.join(', ')}`;
    throw new ApiRefusal({ code: 415, reason: 'UnsupportedMediaType', message });
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of request) if (piece instanceof Uint8Array) pieces.push(piece);
  let body: unknown;
  try {
    body = JSON.parse(Buffer.concat(pieces).toString());
  } catch (cause) {
    throw badRequest(`the object provided is unrecognized: ${String(cause)}`);
  }
  if (!isJsonObject(body)) throw badRequest('the object provided is unrecognized');
  return body;
}

function statusOk(json: string): Answer {
  return bytesAnswer(200, JSON_TYPE, Buffer.from(json));
}

function pageNotFound(): Answer {
  return bytesAnswer(404, TEXT_TYPE, Buffer.from('404 page not found\n'));
}

async function compressed(json: string, request: IncomingMessage, aboveBytes: number): Promise<Answer> {
  const bytes = Buffer.from(json);
  const accepted = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  if (!accepted || bytes.length <= aboveBytes)
    return bytesAnswer(200, JSON_TYPE, bytes, { Vary: 'Accept-Encoding' });
  const packed = await compress(bytes, { level: 1 });
  return bytesAnswer(200, JSON_TYPE, packed, { Vary: 'Accept-Encoding', 'Content-Encoding': 'gzip' });
}
