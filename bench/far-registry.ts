import type { Lab } from './lab.ts';
import { sixtyDeployments } from './manifests.ts';
import type { Measured } from './row.ts';
import { imageCount, imageName } from './seed.ts';
import { Server } from './server.ts';

const ROUND_TRIP_MS = 80;
const SEED = 'small images';

/** 30 small images in a registry 80 ms away, which is also where they are to go. */
export class FarRegistry implements AsyncDisposable {
  readonly server: Server;
  readonly #lab: Lab;
  readonly #manifests: string;

  private constructor(lab: Lab, server: Server, manifests: string) {
    this.#lab = lab;
    this.server = server;
    this.#manifests = manifests;
  }

  static async start(lab: Lab): Promise<FarRegistry> {
    lab.say(`filling a registry ${ROUND_TRIP_MS} ms away`);
    const server = await Server.start({ kind: 'docker', seed: SEED, roundTripMs: ROUND_TRIP_MS });
    const text = sixtyDeployments((index) => `${server.host}/${imageName(index)}`);
    return new FarRegistry(lab, server, await lab.write('deployments.yaml', text));
  }

  get images(): readonly string[] {
    return Array.from({ length: imageCount(SEED) }, (_, index) => `${this.server.host}/${imageName(index)}`);
  }

  /** Copies for one peer, below a path of its own. */
  jobs(peer: string): readonly { readonly source: string; readonly target: string }[] {
    return this.images.map((source) => ({
      source,
      target: source.replace('/team/', `/${peer}/team/`),
    }));
  }

  /** Runs our command on the manifests; `path` is where copies go, if any are to be made. */
  async run(path?: string): Promise<Omit<Measured, 'subject'>> {
    const rename = [
      '-rename-remote-path',
      `${this.server.host}/${path}`,
      '-rename-template',
      '{{ .RemotePath }}/{{ .Repository }}:{{ .DigestHex }}',
    ];
    const args = [...(path === undefined ? [] : rename), '-rename-force-digest'];
    const figures = await this.#lab.withTraffic([this.server], () =>
      this.#lab.timeUs(args, { stdin: this.#manifests }),
    );
    const pinned = [...(await this.#lab.output()).matchAll(/image: .*@sha256:[0-9a-f]{64}/g)].length;
    if (pinned !== 120) throw new Error(`${pinned} of 120 images were pinned`);
    return figures;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}
