import type { FlagDefinitions } from './go-flags.ts';

const GATE = 'Vulnerability gate';
const ATTESTATION = 'Attestation';

/** The flags of `reimage` about vulnerabilities and attestations. */
export const GATE_FLAGS = {
  'vulncheck-max-cvss': {
    type: 'float',
    default: 0,
    group: GATE,
    help: 'reject images with a finding of a CVSS `score` above this; 0 is no limit, 11 scans and accepts all',
  },
  'vulncheck-max-risk': {
    type: 'float',
    default: 0,
    group: GATE,
    help: 'reject images with a finding of a `risk` above this (grype, 0 to 100); 0 is no limit',
  },
  'vulncheck-method': {
    type: 'string',
    default: 'trivy',
    group: GATE,
    help: '`method` of scanning: trivy (also called exec) runs a command, grafeas asks Google',
  },
  'vulncheck-command': {
    type: 'string',
    default: 'trivy image -f json',
    aliases: ['trivy-command'],
    group: GATE,
    help: '`command` that scans an image, which is added as the last argument, and prints JSON of trivy or grype',
  },
  'vulncheck-format': {
    type: 'string',
    default: '',
    group: GATE,
    help: '`format` of what the command prints: trivy-json or grype-json; without it the output tells',
  },
  'vulncheck-platforms': {
    type: 'string',
    default: '',
    group: GATE,
    help: 'scan these `platforms` of an index, as in linux/amd64,linux/arm64, or all; without it the scanner chooses',
  },
  'vulncheck-workers': {
    type: 'integer',
    default: 0,
    group: GATE,
    help: 'scanners at the same time, at least 1; without it one for each CPU, of Google 64',
  },
  'vulncheck-timeout': {
    type: 'duration',
    default: 300_000,
    group: GATE,
    help: 'how long a scan may take, or the wait for one of Google',
  },
  'vulncheck-max-retries': {
    type: 'integer',
    default: 0,
    group: GATE,
    help: 'ask Google so many `times` more for a scan; without it until -vulncheck-timeout',
  },
  'vulncheck-allow-unsupported': {
    type: 'boolean',
    default: false,
    group: GATE,
    help: 'accept images that Google says it cannot scan',
  },
  'vulncheck-unscored-cvss': {
    type: 'float',
    default: 5,
    group: GATE,
    help: 'CVSS `score` of findings that have none',
  },
  'vulncheck-fixable-only': {
    type: 'boolean',
    default: false,
    group: GATE,
    help: 'reject only for findings that have a fix',
  },
  'vulncheck-ignore-images': {
    type: 'string',
    default: '',
    group: GATE,
    help: 'do not scan images whose name, as repository@digest, matches this `regexp`',
  },
  'vulncheck-ignore-cve-list': {
    type: 'strings',
    default: [],
    group: GATE,
    help: 'ignore this `list`: ID,ID… for all images, REGEXP=ID,ID… for those whose repository@digest matches (repeatable)',
  },
  'vulncheck-ignore-file': {
    type: 'strings',
    default: [],
    group: GATE,
    help: 'YAML `file` of findings to ignore, with reasons and dates of expiry (repeatable)',
  },
  'vulncheck-vex': {
    type: 'strings',
    default: [],
    group: GATE,
    help: 'OpenVEX `file`: findings that do not affect an image are ignored (repeatable)',
  },
  'vulncheck-report-output': {
    type: 'string',
    default: '',
    group: GATE,
    help: 'write a report to this `file`, whatever the verdict: .json, .sarif, .html, or by a template',
  },
  'vulncheck-report-template': {
    type: 'string',
    default: '',
    group: GATE,
    help: '`file` with the Go template, with functions of sprig, that the report is written by',
  },
  'grafeas-parent': {
    type: 'string',
    default: '',
    group: ATTESTATION,
    help: '`project` whose occurrences are read and made, as projects/PROJECT',
  },
  'binauthz-attestor': {
    type: 'string',
    default: '',
    group: ATTESTATION,
    help: 'attest images for this `attestor` of Binary Authorization, projects/PROJECT/attestors/NAME',
  },
  'gcp-kms-key': {
    type: 'string',
    default: '',
    group: ATTESTATION,
    help: "version of a `key` in Cloud KMS to sign with; without it the attestor's own",
  },
  'sign-cosign-key': {
    type: 'string',
    default: '',
    group: ATTESTATION,
    help: 'sign images with this private key `file` of cosign; COSIGN_PASSWORD has its password',
  },
} as const satisfies FlagDefinitions;
