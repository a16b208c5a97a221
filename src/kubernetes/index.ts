export { ApiError, type ApiServer, type Query, type WatchEvent, type WatchRequest } from './api.ts';
export { type Resource, RESOURCES } from './resources.ts';
export type { Sink } from './sink.ts';
export type { ContainerImage, Puller, Workload } from './workload.ts';
