import { verify } from 'node:crypto';
import { type Digest, digestHex, goRepository, isDigest, parseReference } from '../../src/oci/index.ts';
import { cosignTag, type RegistryStore, type StoredManifest } from '../../src/testing/index.ts';
import { list, member } from '../json.ts';
import type { Mapped } from './images.ts';

/** How an image is signed, in both of cosign's forms. */
export interface Signatures {
  readonly tag: string;
  /** Of the artifact that refers to the image. */
  readonly bundle: Digest;
}

const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle/;
const SIGNATURE = 'dev.cosignproject.cosign/signature';

/** Reads the signatures of an image from its registry, and verifies both with a public key in PEM; throws where one does not hold. */
export function readSignatures(store: RegistryStore, image: Mapped, publicKey: string): Signatures {
  const { repository } = parseReference(image.tag);
  const { from, digest } = image;
  if (!isDigest(digest)) throw new Error(`${from} became "${digest}"`);
  const tag = cosignTag(digest);
  const tagged = store.manifest(repository.path, tag);
  const isTagged = layersOf(tagged).some(({ layer, annotations }) => {
    const payload = blobOf(store, repository.path, layer);
    const signature = member(annotations, SIGNATURE);
    if (typeof signature !== 'string') return false;
    const { image: signed, identity } = criticalOf(payload);
    return (
      member(signed, 'docker-manifest-digest') === digest &&
      member(identity, 'docker-reference') === goRepository(repository) &&
      verify('sha256', payload, publicKey, Buffer.from(signature, 'base64'))
    );
  });
  if (!isTagged) throw new Error(`${from} has no signature at ${tag} that holds`);
  const bundle = store.manifests(repository.path).find((manifest) => {
    const body: unknown = JSON.parse(Buffer.from(manifest.bytes).toString());
    if (member(member(body, 'subject'), 'digest') !== digest) return false;
    if (!BUNDLE.test(String(member(body, 'artifactType')))) return false;
    return layersOf(manifest).some(({ layer }) =>
      isBundleOf(blobOf(store, repository.path, layer), digest, publicKey),
    );
  });
  if (!bundle) throw new Error(`${from} has no bundle that holds`);
  return { tag, bundle: bundle.digest };
}

function isBundleOf(bytes: Uint8Array, digest: Digest, publicKey: string): boolean {
  const envelope = member(JSON.parse(Buffer.from(bytes).toString()), 'dsseEnvelope');
  const payload = Buffer.from(String(member(envelope, 'payload')), 'base64');
  const type = String(member(envelope, 'payloadType'));
  // What DSSE has signed: https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
  const signed = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]);
  const subjects = list(member(JSON.parse(payload.toString()), 'subject'));
  const isOurs = subjects.some(
    (subject) => member(member(subject, 'digest'), 'sha256') === digestHex(digest),
  );
  return (
    isOurs &&
    list(member(envelope, 'signatures')).some((signature) =>
      verify('sha256', signed, publicKey, Buffer.from(String(member(signature, 'sig')), 'base64')),
    )
  );
}

function criticalOf(payload: Uint8Array): { readonly image: unknown; readonly identity: unknown } {
  const critical = member(JSON.parse(Buffer.from(payload).toString()), 'critical');
  return { image: member(critical, 'image'), identity: member(critical, 'identity') };
}

function layersOf(
  manifest: StoredManifest | undefined,
): readonly { readonly layer: Digest; readonly annotations: unknown }[] {
  const body: unknown = manifest && JSON.parse(Buffer.from(manifest.bytes).toString());
  return list(member(body, 'layers')).flatMap((layer) => {
    const digest = member(layer, 'digest');
    const annotations = member(layer, 'annotations');
    return typeof digest === 'string' && isDigest(digest) ? [{ layer: digest, annotations }] : [];
  });
}

function blobOf(store: RegistryStore, repository: string, digest: Digest): Buffer {
  const blob = store.blob(repository, digest);
  if (!blob) throw new Error(`${repository} has no ${digest}`);
  return Buffer.concat([...blob.read(0, blob.size)]);
}
