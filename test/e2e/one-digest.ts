import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { P256, TEST_PASSWORD } from '../../src/attestation/test-cosign-keys.ts';
import { type BuiltImage, type EmbeddedRegistry, putImage, startRegistry } from '../../src/testing/index.ts';
import type { Certificates } from '../support/certificates.ts';
import type { Outcome } from '../support/processes.ts';
import { type ScannerDouble, startScanner, trivyReport } from '../support/scanner.ts';
import { ATTESTOR, type GoogleWorld, PARENT, startGoogle } from './attest-google.ts';
import { imageOf, pod } from './cases.ts';
import { reimage } from './command.ts';

/** A way of running in which one digest has to hold. */
export interface Mode {
  readonly name: string;
  /** Flags besides those of the gate, the attesters and the mapping; `target` is the repository of `targetOf`. */
  readonly flags: (setting: Setting) => readonly string[];
  /** Where the image runs from, as a repository of the registry; `app` in its place. */
  readonly targetOf: (setting: Setting) => string;
  /** Files a mapping as `m.json`: what the image was before the run. */
  readonly isMapped?: boolean;
  /** The target is there before the run. */
  readonly isCopied?: boolean;
  /** Scans by Container Analysis. */
  readonly isGrafeas?: boolean;
  /** Prints nothing, for it reads nothing. */
  readonly isMappingsOnly?: boolean;
}

/** Every digest that something of a run speaks of, by what speaks of it. */
export type Digests = Readonly<Record<string, readonly string[]>>;

const UNMOVED = 0;

/** One run of the command, and the moments of it at which somebody moves the tag that it reads. */
export class Setting implements AsyncDisposable {
  readonly registry: EmbeddedRegistry;
  readonly scanner: ScannerDouble;
  readonly google: GoogleWorld;
  readonly folder: string;
  readonly #moments: Moments;
  readonly #mode: Mode;

  constructor(
    mode: Mode,
    moments: Moments,
    parts: Pick<Setting, 'registry' | 'scanner' | 'google' | 'folder'>,
  ) {
    this.#mode = mode;
    this.#moments = moments;
    this.registry = parts.registry;
    this.scanner = parts.scanner;
    this.google = parts.google;
    this.folder = parts.folder;
  }

  get host(): string {
    return this.registry.host;
  }

  get digest(): string {
    return contentOf(UNMOVED).root.digest;
  }

  async run(): Promise<Outcome> {
    const { isMapped = false, isGrafeas = false, isMappingsOnly = false, flags } = this.#mode;
    const file = (name: string): string => join(this.folder, name);
    const image = `${this.host}/app:v1`;
    await writeFile(file('cosign.key'), P256.keyText);
    const target = this.#mode.targetOf(this);
    if (isMapped) {
      const tag = `${this.host}/${target}:${this.digest.slice(7)}`;
      await writeFile(file('m.json'), JSON.stringify({ [image]: { tag, digest: this.digest } }));
    }
    const scan = isGrafeas
      ? ['-vulncheck-method', 'grafeas', '-grafeas-parent', PARENT, '-vulncheck-timeout', '20s']
      : ['-vulncheck-command', this.scanner.command];
    const args = [
      '-vulncheck-max-cvss',
      '7',
      ...scan,
      '-binauthz-attestor',
      ATTESTOR,
      '-sign-cosign-key',
      file('cosign.key'),
      '-write-json-mappings-file',
      file('out.json'),
      ...flags(this),
      ...(isMapped ? ['-static-json-mappings-file', file('m.json')] : []),
      ...(isMappingsOnly ? ['-mappings-only'] : []),
    ];
    const env = { ...this.google.env, COSIGN_PASSWORD: TEST_PASSWORD };
    const outcome = await reimage(args, { stdin: isMappingsOnly ? '' : pod(image), env });
    this.#moments.end();
    return outcome;
  }

  /** What everything that a run leaves behind says that the image is. */
  async digests({ stdout }: Outcome): Promise<Digests> {
    const { isCopied = false, isGrafeas = false, isMappingsOnly = false, targetOf } = this.#mode;
    const target = targetOf(this);
    const mapping = await readFile(join(this.folder, 'out.json'), 'utf8').catch(() => '');
    const { attestations } = this.google;
    const store = this.registry.store;
    const known = new Set(this.#moments.contents.map(({ root }) => root.digest));
    const tags = (store.tags(target) ?? []).filter((tag) => tag.endsWith('.sig'));
    return {
      ...(isGrafeas ? {} : { scanned: this.scanner.digests }),
      ...(target === 'app' || isCopied ? {} : { copied: digestsAmong(store.manifests(target), known) }),
      attested: attestations.map(({ image }) => image.split('@')[1] ?? ''),
      'attested payload': attestations.flatMap(({ payload }) => digestsIn(payload)),
      'signature tag': tags.map((tag) => tag.replace('sha256-', 'sha256:').replace('.sig', '')),
      'signed payload': (await Promise.all(tags.map((tag) => this.#signedPayload(target, tag)))).flat(),
      'signed bundle': await this.#referrers(target),
      mapped: [...new Set(digestsIn(mapping))],
      ...(isMappingsOnly ? {} : { printed: digestsIn(stdout) }),
    };
  }

  /** What the image was when the run first asked, or what the mapping says. */
  get digestFirstSeen(): string {
    return this.#mode.isMapped === true ? this.digest : this.#moments.firstSeen;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([
      this.registry[Symbol.asyncDispose](),
      this.scanner[Symbol.asyncDispose](),
      this.google[Symbol.asyncDispose](),
    ]);
    await rm(this.folder, { recursive: true, force: true });
  }

  async #signedPayload(repository: string, tag: string): Promise<readonly string[]> {
    const { layers }: { layers: { digest: string }[] } = JSON.parse(
      await this.#text(`/v2/${repository}/manifests/${tag}`),
    );
    const payloads = layers.map(({ digest }) => this.#text(`/v2/${repository}/blobs/${digest}`));
    return (await Promise.all(payloads)).flatMap(digestsIn);
  }

  /** The subjects of what refers to something, and what the bundles among it state. */
  async #referrers(repository: string): Promise<readonly string[]> {
    const found: string[] = [];
    for (const { digest } of this.registry.store.manifests(repository)) {
      const text = await this.#text(`/v2/${repository}/manifests/${digest}`);
      const manifest: { subject?: { digest: string }; layers?: { digest: string }[] } = JSON.parse(text);
      if (manifest.subject === undefined) continue;
      found.push(manifest.subject.digest);
      for (const layer of manifest.layers ?? []) {
        const bundle = JSON.parse(await this.#text(`/v2/${repository}/blobs/${layer.digest}`));
        const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString());
        found.push(
          ...statement.subject.map((each: { digest: { sha256: string } }) => `sha256:${each.digest.sha256}`),
        );
      }
    }
    return found;
  }

  async #text(path: string): Promise<string> {
    const answer = await fetch(`${this.registry.url}${path}`, { headers: { Accept: '*/*' } });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return await answer.text();
  }
}

/** Which steps a run has taken, and what the tag was at each of them. */
export class Moments {
  /** Each step of the run, in order; those of equal names are numbered. */
  readonly steps: string[] = [];
  /** What the tag has been, in order. */
  readonly contents: BuiltImage[] = [contentOf(UNMOVED)];
  readonly #isMoved: (step: string) => boolean;
  readonly #names = new Map<string, number>();
  #firstSeen: string | undefined;
  #ended = false;

  /** The tag moves at each step that `isMoved` is true of, just before that is answered, to what it never was. */
  constructor(isMoved: (step: string) => boolean) {
    this.#isMoved = isMoved;
  }

  get firstSeen(): string {
    return this.#firstSeen ?? '';
  }

  /** Tells of a step; the request for the tag itself is `readsTag`. */
  reached(name: string, move: (image: BuiltImage) => void, readsTag = false): void {
    if (this.#ended) return;
    const number = (this.#names.get(name) ?? 0) + 1;
    this.#names.set(name, number);
    const step = `${name} ${number}`;
    this.steps.push(step);
    if (this.#isMoved(step)) {
      const image = contentOf(this.contents.length);
      this.contents.push(image);
      move(image);
    }
    if (readsTag) this.#firstSeen ??= this.contents.at(-1)?.root.digest;
  }

  end(): void {
    this.#ended = true;
  }
}

/** Starts all that a run in a mode needs. */
export async function openSetting(
  mode: Mode,
  moments: Moments,
  certificates: Certificates,
): Promise<Setting> {
  const registry: EmbeddedRegistry = await startRegistry({
    faults: [{ match: {}, action: { kind: 'delay', ms: 1 } }],
    sleep: async () => {
      const { method = '', path = '' } = registry.requests.at(-1) ?? {};
      moments.reached(`${method} ${plain(path)}`, move, path === '/v2/app/manifests/v1');
    },
  });
  const move = (image: BuiltImage): void => putImage(registry.store, 'app', 'v1', image);
  move(contentOf(UNMOVED));
  const [scanner, google, folder] = await Promise.all([
    startScanner(() => {
      moments.reached('scan', move);
      return trivyReport({ id: 'CVE-2024-1', cvss: 5 });
    }),
    startGoogle(certificates, {
      before: async ({ method, host, url }) =>
        moments.reached(`${method} ${host}${plain(url.pathname)}${kindIn(url)}`, move),
    }),
    mkdtemp(join(tmpdir(), 'tallyman-one-digest-')),
  ]);
  const setting = new Setting(mode, moments, { registry, scanner, google, folder });
  const { isCopied = false, isGrafeas = false } = mode;
  const target = mode.targetOf(setting);
  // The tag may have moved already when the run asks for it.
  for (const image of [contentOf(UNMOVED), contentOf(UNMOVED + 1)]) {
    if (isCopied) putImage(registry.store, target, image.root.digest.slice(7), image);
    if (!isGrafeas) continue;
    const name = `${registry.host}/${target}@${image.root.digest}`;
    google.discovered(name, { analysisStatus: 'FINISHED_SUCCESS' });
    google.found(name, 'CVE-2024-1', 5);
  }
  return setting;
}

function contentOf(index: number): BuiltImage {
  return imageOf(7000 + index);
}

/** A path without what is another one in each run. */
function plain(path: string): string {
  return path
    .replace(/127\.0\.0\.1-\d+/, 'HOST')
    .replace(/sha256[:-][0-9a-f]{64}/g, 'DIGEST')
    .replace(/[0-9a-f]{64}/g, 'HEX')
    .replace(/(uploads)\/.+$/, '$1');
}

/** Lists of occurrences are told apart by what they are of. */
function kindIn({ searchParams }: URL): string {
  const [, kind] = /kind ?= ?"(\w+)"/.exec(searchParams.get('filter') ?? '') ?? [];
  return kind === undefined ? '' : ` ${kind}`;
}

function digestsIn(text: string): readonly string[] {
  return [...text.matchAll(/\b[0-9a-f]{64}\b/g)].map(([hex]) => `sha256:${hex}`);
}

function digestsAmong(
  manifests: readonly { readonly digest: string }[],
  known: ReadonlySet<string>,
): readonly string[] {
  return manifests.map(({ digest }) => digest).filter((digest) => known.has(digest));
}
