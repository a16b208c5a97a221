import { parseExposition, type ParsedFamily } from '../../src/exposition/test-exposition-parser.ts';

/** Label values by name. */
export type Labels = Readonly<Record<string, string>>;

/** One scrape in text 0.0.4; a series that is there twice, or anything else that is out of order, does not get this far. */
export class Scrape {
  readonly text: string;
  readonly families: readonly ParsedFamily[];

  constructor(bytes: Uint8Array) {
    this.text = Buffer.from(bytes).toString();
    this.families = parseExposition(bytes, 'text');
  }

  /** Value by label set of the series of a family that have these labels. */
  series(family: string, wanted: Labels = {}): { readonly labels: Labels; readonly value: number }[] {
    const samples = this.families.find(({ name }) => name === family)?.samples ?? [];
    return samples.filter(({ labels }) =>
      Object.entries(wanted).every(([name, value]) => labels[name] === value),
    );
  }

  /** The value of the one series with these labels; undefined without one. */
  value(family: string, wanted: Labels = {}): number | undefined {
    const found = this.series(family, wanted);
    if (found.length > 1) throw new Error(`${found.length} series of ${family} ${JSON.stringify(wanted)}`);
    return found[0]?.value;
  }

  /** What containers there are in a namespace: `Kind name jsonpath image digest`, in order. */
  containers(namespace: string): string[] {
    return this.series('container_image_container_info', { namespace })
      .map(({ labels: { kind, name, jsonpath, image, digest } }) =>
        [kind, name, jsonpath, image, digest].join(' '),
      )
      .toSorted();
  }

  /** The digest of an image as its containers have it; undefined where no container has it, an error where they differ. */
  digest(image: string): string | undefined {
    const all = this.series('container_image_container_info', { image }).map(
      ({ labels }) => labels['digest'],
    );
    if (new Set(all).size > 1) throw new Error(`${image} has the digests ${all.join(', ')}`);
    return all[0];
  }

  /** What the last look-up of an image came to. */
  reason(image: string): string | undefined {
    const all = this.series('container_image_lookup_status', { image });
    if (all.length > 1) throw new Error(`${image} has ${all.length} states`);
    return all[0]?.labels['reason'];
  }

  /** Keys and values of a digest's labels or annotations. */
  pairs(family: 'container_image_label' | 'container_image_annotation', digest: string): Labels {
    return Object.fromEntries(
      this.series(family, { digest }).map(({ labels }) => [labels['key'] ?? '', labels['value'] ?? '']),
    );
  }
}
