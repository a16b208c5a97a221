import { GATE_FLAGS } from './gate-flags.ts';
import type { FlagDefinitions } from './go-flags.ts';

const DEFAULT_TEMPLATE = '{{ .RemotePath }}/{{ .Registry }}/{{ .Repository }}:{{ .DigestHex }}';

const INPUT = 'Input';
const RENAME = 'Renaming and copying';
const PIN = 'Pinning';
const MAPPINGS = 'Mappings';
const RUNNING = 'Running';

/** The flags of `reimage`, those of the Go program and ours. */
export const REIMAGE_FLAGS = {
  f: {
    type: 'strings',
    default: [],
    group: INPUT,
    help: 'read manifests from `FILE|DIR` instead of standard input; "-" is standard input (repeatable)',
  },
  input: {
    type: 'string',
    default: 'k8s',
    group: INPUT,
    help: '`format` of the input: k8s; yaml for any YAML, in which only rules of kind Raw find images; krm for a KRM function, whose ResourceList on standard input may bring flags in its functionConfig',
  },
  'rules-config': {
    type: 'string',
    default: '',
    group: INPUT,
    help: 'YAML `file` of rules that find images in other kinds',
  },
  'fail-on-unmatched': {
    type: 'boolean',
    default: false,
    group: INPUT,
    help: 'fail where something looks like an image in an object in which no rule finds any',
  },
  ignore: {
    type: 'string',
    default: '',
    group: INPUT,
    help: 'do not touch images whose text matches this `regexp`',
  },
  'rename-remote-path': {
    type: 'string',
    default: '',
    group: RENAME,
    aliases: ['remote-path'],
    help: 'repository `path` under which images are put; without it nothing is renamed',
  },
  'rename-template': {
    type: 'string',
    default: DEFAULT_TEMPLATE,
    group: RENAME,
    help: 'Go `template` of the new name, with .RemotePath .Registry .Repository .Tag .Digest .DigestAlgo .DigestHex',
  },
  'rename-ignore': {
    type: 'string',
    default: '^$',
    group: RENAME,
    help: 'do not rename images whose text matches this `regexp`',
  },
  clobber: { type: 'boolean', default: false, group: RENAME, help: 'allow overwriting remote tags' },
  'no-copy': {
    type: 'boolean',
    default: false,
    group: RENAME,
    help: 'do not copy; the targets must exist already',
  },
  'no-referrers': {
    type: 'boolean',
    default: false,
    group: RENAME,
    help: 'do not copy signatures, attestations and other referrers',
  },
  'rename-force-digest': {
    type: 'boolean',
    default: false,
    group: PIN,
    help: 'print images as repository@digest, renamed or not',
  },
  'keep-tag': {
    type: 'boolean',
    default: false,
    group: PIN,
    help: 'print images as repository:tag@digest',
  },
  'write-json-mappings-file': {
    type: 'string',
    default: '',
    group: MAPPINGS,
    aliases: ['write-mappings-file'],
    help: 'write what every image became to this JSON `file`',
  },
  'write-json-mappings-img': {
    type: 'string',
    default: '',
    group: MAPPINGS,
    aliases: ['write-mappings-img'],
    help: 'push what every image became as this `image`',
  },
  'write-images-lock-file': {
    type: 'string',
    default: '',
    group: MAPPINGS,
    help: 'write the same as an ImagesLock of imgpkg to this `file`',
  },
  'write-kbld-lock-file': {
    type: 'string',
    default: '',
    group: MAPPINGS,
    help: 'write the same as a lock of kbld to this `file`',
  },
  'static-json-mappings-file': {
    type: 'string',
    default: '',
    group: MAPPINGS,
    aliases: ['static-mappings-file'],
    help: 'take all mappings from this `file` instead of renaming: ours, a lock of kbld, an ImagesLock',
  },
  'static-json-mappings-img': {
    type: 'string',
    default: '',
    group: MAPPINGS,
    aliases: ['static-mappings-img'],
    help: 'take all mappings from this `image` instead of renaming',
  },
  'verify-static-json-mappings': {
    type: 'boolean',
    default: true,
    group: MAPPINGS,
    help: 'check that the targets of static mappings still have their digests',
  },
  'allow-missing': {
    type: 'boolean',
    default: false,
    group: MAPPINGS,
    help: 'let images that the static mapping does not have keep their names',
  },
  'mappings-only': {
    type: 'boolean',
    default: false,
    group: MAPPINGS,
    help: 'read no manifests: copy, gate and attest the images of the static mapping',
  },
  shard: {
    type: 'string',
    default: '',
    group: MAPPINGS,
    help: 'with -mappings-only, work on `i/n` of the images, i from 0; n alone takes i from JOB_COMPLETION_INDEX',
  },
  'shard-wait': {
    type: 'duration',
    default: 60_000,
    group: MAPPINGS,
    help: 'how long a shard waits for layers from another one that makes no progress; 0 to run shards in turn',
  },
  ...GATE_FLAGS,
  plan: {
    type: 'boolean',
    default: false,
    group: RUNNING,
    help: 'print what would be done as JSON instead of the manifests, and do nothing',
  },
  dryrun: {
    type: 'boolean',
    default: false,
    group: RUNNING,
    help: 'print the manifests, but copy, attest and map nothing; a report is written',
  },
  jobs: { type: 'integer', default: 32, group: RUNNING, help: 'images worked on at the same time' },
  'registries-conf': {
    type: 'string',
    default: '',
    group: RUNNING,
    help: '`file` in the form of registries.conf(5), for mirrors, insecure and blocked registries',
  },
  'cloud-keychains': {
    type: 'boolean',
    default: false,
    group: RUNNING,
    help: 'log in to ECR, Artifact Registry, Container Registry and ACR with the cloud identity of the machine',
  },
  'log-format': {
    type: 'string',
    default: 'text',
    group: RUNNING,
    help: '`format` of the log: text or json',
  },
  'log-file': {
    type: 'string',
    default: '',
    group: RUNNING,
    help: 'append the log to this `file` too; the environment variable REIMAGE_LOG is its default',
  },
  debug: { type: 'boolean', default: false, group: RUNNING, help: 'log more' },
  V: { type: 'boolean', default: false, group: RUNNING, help: 'print the version and exit' },
} as const satisfies FlagDefinitions;
