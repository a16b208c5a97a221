import { pods } from './manifests.ts';
import { measureCopies } from './peers.ts';
import { type Row, US } from './row.ts';
import { imageCount, imageName } from './seed.ts';
import { Server } from './server.ts';

const ROUND_TRIP_MS = 20;
const SEED = 'large images';

/** Real transfers: 400 MB, of which most images share the larger part. */
export const copy: Row = {
  name: 'copy',
  work: '20 two-platform images (8 MiB own layer, 32 MiB shared base) to another registry, 20 ms away, token',
  goal: { milliseconds: 3000, requests: 520, blobs: 82 },
  known: [],
  async measure(lab) {
    lab.say(`filling a registry ${ROUND_TRIP_MS} ms away`);
    await using source = await Server.start({ kind: 'docker', seed: SEED, roundTripMs: ROUND_TRIP_MS });
    const images = Array.from(
      { length: imageCount(SEED) },
      (_, index) => `${source.host}/${imageName(index)}`,
    );
    const manifests = await lab.write('pods.yaml', pods(images));
    lab.say('reimage');
    const us = await lab.median(async () => {
      await using target = await Server.start({
        kind: 'docker',
        seed: 'nothing',
        roundTripMs: ROUND_TRIP_MS,
      });
      const args = ['-rename-remote-path', `${target.host}/m`];
      // Not without await: the target must be there until it is done.
      return await lab.withTraffic([source, target], () => lab.timeUs(args, { stdin: manifests }));
    });
    await using target = await Server.start({ kind: 'docker', seed: 'nothing', roundTripMs: ROUND_TRIP_MS });
    const peers = await measureCopies(lab, [source, target], (peer) =>
      images.map((image) => ({
        source: image,
        target: image.replace(`${source.host}/`, `${target.host}/${peer}/`),
      })),
    );
    return [{ subject: US, ...us }, ...peers];
  },
};
