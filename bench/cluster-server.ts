import { startApiServer, startRegistry } from '../src/testing/index.ts';
import { deploymentObject, NAMESPACES, namespaceObject, podObject } from './exporter-objects.ts';
import { imageCount, imageName, putImages } from './seed.ts';

// A process of its own: the embedded API server with so many Pods, and the embedded registry with their images.
// Argument: the number of Pods.

const DEPLOYMENTS = 250;
const SEED = 'many images';

const pods = Number(process.argv[2]);
const registry = await startRegistry();
putImages(registry.store, SEED);
const image = (index: number): string => `${registry.host}/${imageName(index % imageCount(SEED))}`;
const api = await startApiServer();
for (let index = 0; index < NAMESPACES; index++) api.put(namespaceObject(index).body);
for (let index = 0; index < DEPLOYMENTS; index++) api.put(deploymentObject(index, image).body);
for (let index = 0; index < pods; index++) api.put(podObject(index, DEPLOYMENTS, image).body);
process.on('disconnect', () => {
  void api.stop();
  void registry.stop();
});
process.send?.({ host: new URL(api.url).host });
