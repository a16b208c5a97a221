import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RESOURCES, type Resource } from '../kubernetes/index.ts';
import { digestOf } from '../oci/index.ts';
import { type ParsedFamily, parseExposition } from '../exposition/test-exposition-parser.ts';
import { ImageSeries } from './image-series.ts';
import type { Format } from '../exposition/rendering.ts';
import { textOf } from '../exposition/test-section-text.ts';

const POD = podResource();
const DIGEST = digestOf('image');
const FACTS = {
  digest: DIGEST,
  size: 1,
  created: undefined,
  annotations: new Map(),
};

/** Any text that JavaScript can hold, halves of surrogate pairs included. */
const anyText = fc
  .array(fc.oneof(fc.constantFrom(10, 13, 34, 92, 110, 0xd83d, 0xde00), fc.integer({ min: 0, max: 0xffff })))
  .map((units) => String.fromCharCode(...units));

for (const format of ['text', 'openmetrics'] satisfies readonly Format[]) {
  test(`whatever is put in is read back from ${format}, once`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(anyText, anyText, fc.array(fc.tuple(anyText, anyText), { maxLength: 3 }))),
        fc.dictionary(anyText, anyText),
        async (objects, labels) => {
          const series = new ImageSeries({ onDropped: () => undefined });
          const expected = new Map<string, readonly string[]>();
          for (const [namespace, name, images] of objects) {
            const key = `${namespace}/${name}`;
            const puller = { namespace, secrets: [], serviceAccount: undefined };
            const all = images.map(([jsonpath, image]) => ({ jsonpath, image }));
            series.putWorkload(POD, key, { namespace, name, puller, images: all }, () => DIGEST);
            const texts = new Map<string, string>();
            for (const [jsonpath, image] of images) {
              const identity = JSON.stringify([namespace, name, jsonpath].map((text) => text.toWellFormed()));
              if (!texts.has(identity)) texts.set(identity, `${identity} ${image.toWellFormed()}`);
            }
            // An object that comes to have images again stands where a new one would.
            if (texts.size === 0) expected.delete(key.toWellFormed());
            else expected.set(key.toWellFormed(), [...texts.values()]);
          }
          series.putFacts({ ...FACTS, labels: new Map(Object.entries(labels)) });
          const families = parseExposition(Buffer.from(await textOf(series.sections(), format)), format);
          assert.deepEqual(
            samplesOf(families, 'container_image_container_info').map(
              ({ namespace, name, jsonpath, image }) =>
                `${JSON.stringify([namespace, name, jsonpath])} ${image}`,
            ),
            [...expected.values()].flat(),
          );
          const pairs = new Map<string, string>();
          for (const [key, value] of Object.entries(labels)) {
            if (!pairs.has(key.toWellFormed())) pairs.set(key.toWellFormed(), value.toWellFormed());
          }
          assert.deepEqual(
            samplesOf(families, 'container_image_label').map(({ key, value }) => [key, value]),
            [...pairs],
          );
        },
      ),
    );
  });
}

function samplesOf(families: readonly ParsedFamily[], name: string): Readonly<Record<string, string>>[] {
  return families.find((family) => family.name === name)?.samples.map(({ labels }) => labels) ?? [];
}

function podResource(): Resource {
  const [pods] = RESOURCES;
  assert.ok(pods);
  return pods;
}
