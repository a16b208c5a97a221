export type { ImageFacts } from './facts.ts';
export { ImageLookups } from './image-lookups.ts';
export type { LookupStatus } from './lookup-status.ts';
export type { PullAccess } from './pull-access.ts';
export type { Registry } from './registry-reader.ts';
