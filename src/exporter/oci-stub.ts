import type { Descriptor, IndexManifest, Platform } from '../oci/index.ts';
export function choosePlatform(index: IndexManifest, wanted: Platform | undefined): Descriptor | undefined {
  return index.manifests.find(
    ({ platform }) =>
      platform &&
      platform.os !== 'unknown' &&
      (!wanted || (platform.os === wanted.os && platform.architecture === wanted.architecture)),
  );
}
export function parseImageConfig(bytes: Uint8Array): {
  created: number | undefined;
  labels: ReadonlyMap<string, string>;
  platform: Platform | undefined;
} {
  const value: any = JSON.parse(Buffer.from(bytes).toString());
  return {
    created: value.created ? Date.parse(value.created) / 1000 : undefined,
    labels: new Map(Object.entries(value.config?.Labels ?? {})),
    platform: { os: value.os, architecture: value.architecture },
  };
}
