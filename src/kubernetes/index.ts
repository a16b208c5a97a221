export { ApiError, type ApiServer, type Query, type WatchEvent, type WatchRequest } from './api.ts';
export {
  type ApiRequestEvent,
  type ApiServerOptions,
  createApiServer,
  type OpenApiServer,
} from './api-client.ts';
export { type ClientConfig, type ClientConfigOptions, loadClientConfig } from './client-config.ts';
export { ConfigError } from './config-error.ts';
export {
  createWorkloadInterner,
  createWorkloadReader,
  type WorkloadInterner,
  type WorkloadReader,
} from './read-workload.ts';
export { Reflector, type ReflectorOptions } from './reflector.ts';
export { fieldOf, type ObjectReader } from './api-object.ts';
export type { Failure, ReflectorObserver } from './reflector-observer.ts';
export type { FailureReason } from './failure-reason.ts';
export { type Resource, RESOURCES } from './resources.ts';
export type { Sink } from './sink.ts';
export type { ContainerImage, Puller, Workload } from './workload.ts';
