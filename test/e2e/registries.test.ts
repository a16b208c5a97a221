import { after, before, describe, test } from 'node:test';
import { startRegistry } from '../../src/testing/index.ts';
import { startDockerRegistry } from '../support/docker-registry.ts';
import { findTool, requireTool } from '../support/tools.ts';
import { COSIGN_CASES } from './attest-cosign-cases.ts';
import { COPY_CASES } from './copy-cases.ts';
import { GATE_CASES } from './gate-cases.ts';
import { GATE_POLICY_CASES } from './gate-policy-cases.ts';
import { MAPPING_FILE_CASES } from './mapping-file-cases.ts';
import { MAPPING_IMAGE_CASES } from './mapping-image-cases.ts';
import { PIPELINE_CASES } from './pipeline-cases.ts';
import { PLAN_CASES } from './plan-cases.ts';
import { REFUSAL_CASES } from './refusal-cases.ts';
import { openWorld } from './world.ts';

const CASES = [
  ...COPY_CASES,
  ...PIPELINE_CASES,
  ...PLAN_CASES,
  ...REFUSAL_CASES,
  ...MAPPING_FILE_CASES,
  ...MAPPING_IMAGE_CASES,
  ...GATE_CASES,
  ...GATE_POLICY_CASES,
  ...COSIGN_CASES,
];

interface Server {
  readonly host: string;
  stop(): Promise<void>;
}

/** As many as keep two processors busy: most of a case is the start of processes. */
const concurrency = 4;

describe('reimage and the embedded registry', { concurrency }, () => {
  let server: Server;
  before(async () => {
    server = await startRegistry();
  });
  after(() => server.stop());
  for (const [index, { name, run }] of CASES.entries()) {
    test(name, async (t) => {
      await using world = await openWorld(server, `case-${index}`);
      await run(world, t);
    });
  }
});

describe("reimage and Debian's docker-registry", { concurrency }, () => {
  let server: Server | undefined;
  before(async () => {
    const program = await findTool('docker-registry');
    if (program !== undefined) server = await startDockerRegistry(program);
  });
  after(() => server?.stop());
  for (const [index, { name, run }] of CASES.entries()) {
    test(name, async (t) => {
      if ((await requireTool(t, 'docker-registry')) === undefined || !server) return;
      await using world = await openWorld(server, `case-${index}`);
      await run(world, t);
    });
  }
});
