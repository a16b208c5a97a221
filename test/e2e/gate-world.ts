import assert from 'node:assert/strict';
import type { BuiltImage } from '../../src/testing/index.ts';
import type { ScannerFinding } from '../support/scanner.ts';
import type { World } from './world.ts';

/** A finding with a score. */
export function scored(id: string, cvss: number): ScannerFinding {
  return { id, cvss };
}

/** Flags of a run that scans with the stand-in, renames, and writes a mapping. */
export function gated(world: World, command: string, ...more: readonly string[]): string[] {
  return [
    '-vulncheck-command',
    command,
    '-remote-path',
    world.name('imported'),
    '-write-json-mappings-file',
    'm.json',
    ...more,
  ];
}

/** The mapping that a run wrote; undefined where it wrote none. */
export async function mappingOf(
  world: World,
): Promise<Record<string, { vulncheckResult?: unknown }> | undefined> {
  const text = await world.read('m.json').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

/** The whole of an image is where the default template puts it. */
export async function assertCopied(world: World, path: string, image: BuiltImage): Promise<void> {
  const target = world.pathOf(world.imported(path, image));
  assert.equal(
    (await world.held(target, image.root.digest))?.digest,
    image.root.digest,
    `${path} is not copied`,
  );
}

/** Nothing of an image is there. */
export async function assertNotCopied(world: World, path: string, image: BuiltImage): Promise<void> {
  const target = world.pathOf(world.imported(path, image));
  assert.equal(await world.held(target, image.root.digest), undefined, `${path} is copied`);
}
