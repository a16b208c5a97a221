import { type Row, US } from './row.ts';
import { LAYER_BYTES, LAYER_REPOSITORY } from './seed.ts';
import { pods } from './manifests.ts';
import { Server, type ServerOptions } from './server.ts';

const MB = 1_000_000;
const TARGET: ServerOptions = { kind: 'embedded', seed: 'nothing', roundTripMs: 0 };

/** One layer that is larger than any buffer, against the plainest pipe there is. */
export const layer: Row = {
  name: 'layer',
  work: 'one layer of 2 GB copied',
  goal: { memory: 150 * MB, rateOfPeer: 0.7 },
  known: [],
  async measure(lab) {
    lab.say('making 2 GB up');
    await using source = await Server.start({ kind: 'embedded', seed: 'one layer', roundTripMs: 0 });
    const manifests = await lab.write('layer.yaml', pods([`${source.host}/${LAYER_REPOSITORY}:1.0`]));
    lab.say('reimage');
    const us = await lab.median(async () => {
      // What one run left there the next would only have mounted.
      await using target = await Server.start(TARGET);
      const args = ['-rename-remote-path', `${target.host}/m`];
      return await lab.withTraffic([source, target], () => lab.timeUs(args, { stdin: manifests }));
    });
    if (!(await lab.has('curl'))) return [{ subject: US, ...us }];
    lab.say('curl');
    const digest = await layerDigest(source.host);
    const curl = await lab.median(async () => {
      await using target = await Server.start(TARGET);
      const uploads = `http://${target.host}/v2/m/blobs/uploads/`;
      const begun = await fetch(uploads, { method: 'POST' });
      await begun.arrayBuffer();
      const location = new URL(begun.headers.get('Location') ?? '', uploads);
      location.searchParams.set('digest', digest);
      const down = `curl -sSf http://${source.host}/v2/${LAYER_REPOSITORY}/blobs/${digest}`;
      const up = `curl -sSf -T - -H 'Expect:' -H 'Transfer-Encoding:' -H 'Content-Length: ${LAYER_BYTES}'`;
      return await lab.time('sh', ['-c', `${down} | ${up} '${location.href}'`]);
    });
    return [
      { subject: US, ...us },
      { subject: 'curl to curl', milliseconds: curl.milliseconds },
    ];
  },
};

async function layerDigest(host: string): Promise<string> {
  const answer = await fetch(`http://${host}/v2/${LAYER_REPOSITORY}/manifests/1.0`);
  const manifest = await answer.text();
  return /"layers":\[\{[^}]*"digest":"([^"]+)"/.exec(manifest)?.[1] ?? '';
}
