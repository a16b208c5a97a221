import { counter, gauge } from '../exposition/index.ts';

/** What is told of workloads and their images; the first five are those of the Go program, to the letter. */
export const IMAGE_FAMILIES = {
  annotation: gauge('container_image_annotation', 'Annotations from the image manifest.', [
    'digest',
    'key',
    'value',
  ]),
  containerInfo: gauge(
    'container_image_container_info',
    'img about containers running in the cluster, including the image digest resolved by the exporter.',
    ['digest', 'group', 'image', 'jsonpath', 'kind', 'name', 'namespace', 'version'],
  ),
  created: gauge(
    'container_image_created',
    'The created date from the image config. Expressed as a Unix Epoch Time.',
    ['digest'],
  ),
  label: gauge('container_image_label', 'Labels from the image config.', ['digest', 'key', 'value']),
  sizeBytes: gauge('container_image_size_bytes', 'The size of the image in the registry.', ['digest']),
  lookupStatus: gauge(
    'container_image_lookup_status',
    'Always 1, with what the last look-up of the image came to as its reason.',
    ['image', 'reason'],
  ),
  lastLookup: gauge(
    'container_image_last_lookup_timestamp_seconds',
    'When the image was last looked up, as Unix time.',
    ['image'],
  ),
  lastSuccess: gauge(
    'container_image_last_success_timestamp_seconds',
    'When the image was last looked up with success, as Unix time.',
    ['image'],
  ),
  referenceInfo: gauge(
    'container_image_reference_info',
    'Always 1, with the parts of an image reference; tag or pinned_digest is empty where the reference has none.',
    ['image', 'pinned_digest', 'registry', 'repository', 'tag'],
  ),
  tagChanges: counter(
    'container_image_tag_changes_total',
    'How often the image came to point at another digest since the exporter started.',
    ['image'],
  ),
} as const;
