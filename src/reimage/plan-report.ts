import type { ImageSite } from '../manifest/index.ts';
import { formatReference } from '../oci/index.ts';
import type { PlannedImage } from './plan.ts';

/** The plan as JSON: one object with `images`, in the order of the input, then those ignored. */
export function describePlan(
  images: readonly PlannedImage[],
  ignored: ReadonlyMap<string, readonly ImageSite[]>,
): Uint8Array {
  const planned = images.map(({ image, source, digest, target, action, printed }) => ({
    image: image.text,
    source: formatReference(source),
    digest,
    action,
    ...(target ? { target: target.text } : {}),
    printed,
    places: image.sites.map(placeOf),
  }));
  const passed = [...ignored].map(([image, sites]) => ({
    image,
    action: 'ignore',
    printed: image,
    places: sites.map(placeOf),
  }));
  return Buffer.from(`${JSON.stringify({ images: [...planned, ...passed] }, undefined, 2)}\n`);
}

function placeOf({
  file,
  document,
  line,
  column,
  path,
  object,
}: ImageSite): Readonly<Record<string, unknown>> {
  return { file, document, line, column, path, ...(object ? { object } : {}) };
}
