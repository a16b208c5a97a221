import assert from 'node:assert/strict';
import type { Puller } from '../kubernetes/index.ts';
import { parseReference } from '../oci/index.ts';
import type { ImageFacts } from './facts.ts';
import { FakeClock } from '../http/fake-clock.ts';
import { ImageLookups, type ImageLookupsOptions } from './image-lookups.ts';
import type { LookupStatus } from './lookup-status.ts';
import type { Registry } from './registry-reader.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const PULLER: Puller = { namespace: 'shop', secrets: [], serviceAccount: 'default' };

/** Look-ups with a clock that stands still, and all that is heard of them. */
export class TestLookups implements Disposable {
  readonly clock = new FakeClock();
  readonly statuses = new Map<string, LookupStatus>();
  readonly facts = new Map<string, ImageFacts>();
  /** `name: reason` for each new failure, `name: ok` for what recovered. */
  readonly reports: string[] = [];
  /** The credentials of everybody, as `PullAccess.fingerprint` tells. */
  fingerprint = 'old';
  rounds = 0;
  readonly lookups: ImageLookups;
  readonly #ended = new AbortController();

  constructor(registry: Registry, options: Partial<ImageLookupsOptions> = {}) {
    this.lookups = new ImageLookups({
      registry,
      access: {
        keychain: () => ({ credentials: async () => [] }),
        fingerprint: async () => this.fingerprint,
      },
      platform: { os: 'linux', architecture: 'amd64' },
      cacheDuration: HOUR,
      clock: this.clock,
      random: () => 0.5,
      signal: this.#ended.signal,
      onStatus: (image, status, reference) => {
        if (status.reason === 'invalid_reference') assert.equal(reference, undefined);
        else assert.deepEqual(reference, parseReference(image));
        if (status.reason === 'ok') assert.ok(status.digest !== undefined && this.facts.has(status.digest));
        this.statuses.set(image, status);
      },
      onStatusGone: (image) => assert.ok(this.statuses.delete(image)),
      onFacts: (facts) => {
        assert.ok(!this.facts.has(facts.digest), 'facts are told once');
        this.facts.set(facts.digest, facts);
      },
      onFactsGone: (digest) => assert.ok(this.facts.delete(digest)),
      onFailure: ({ name, reason }) => void this.reports.push(`${name}: ${reason}`),
      onRecovered: (name) => void this.reports.push(`${name}: ok`),
      onFirstRound: () => void this.rounds++,
      ...options,
    });
  }

  add(...images: readonly string[]): void {
    for (const image of images) this.lookups.add(image, PULLER);
  }

  remove(...images: readonly string[]): void {
    for (const image of images) this.lookups.remove(image, PULLER);
  }

  /** The state of an image in short. */
  reason(image: string): string | undefined {
    return this.statuses.get(image)?.reason;
  }

  /** Waits until nothing goes on but what waits for time to pass. */
  readonly settle = async (): Promise<void> => {
    for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
  };

  /** Waits until every look-up that was begun has ended. */
  async finish(): Promise<void> {
    do await this.settle();
    while (this.lookups.stats().inFlight > 0);
  }

  async advance(milliseconds: number): Promise<void> {
    await this.clock.advance(milliseconds, this.settle);
  }

  stop(): void {
    this.#ended.abort(new Error('the end'));
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}
