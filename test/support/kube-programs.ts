import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { run } from './processes.ts';
import { doWithout, helperFolder, isExecutable } from './tools.ts';

/** Which storage an API server has: an etcd of today, or Debian's, too old to tell how far a watch has come. */
export type EtcdAge = 'new' | 'old';

/** Paths of the programs of a real API server. */
export interface KubePrograms {
  readonly kubeApiserver: string;
  readonly etcd: string;
}

const DEBIAN_ETCD = '/usr/bin/etcd';

/**
 * The programs of a real API server, from `KUBEBUILDER_ASSETS` or from the project's own folder of helpers. Without them
 * the test fails in CI (`CI` is set); elsewhere it is skipped with a line that says what to install, and must end at once.
 */
export async function requireKube(
  t: Pick<TestContext, 'skip'>,
  etcd: EtcdAge,
  env: NodeJS.ProcessEnv = process.env,
): Promise<KubePrograms | undefined> {
  const found = await findKube(etcd, env);
  if (typeof found !== 'string') return found;
  doWithout(t, found, env);
  return undefined;
}

/** The programs of a real API server, or one line that says what is missing. */
export async function findKube(
  etcd: EtcdAge,
  env: NodeJS.ProcessEnv = process.env,
): Promise<KubePrograms | string> {
  const folder = env['KUBEBUILDER_ASSETS'] || helperFolder(env);
  const programs = {
    kubeApiserver: join(folder, 'kube-apiserver'),
    etcd: etcd === 'old' ? DEBIAN_ETCD : join(folder, 'etcd'),
  };
  if (!(await isExecutable(programs.kubeApiserver))) {
    return 'kube-apiserver is not installed: run .ci/run, which builds it with Go, or set KUBEBUILDER_ASSETS';
  }
  if (etcd === 'new') {
    if (await isExecutable(programs.etcd)) return programs;
    return 'etcd is not installed: run .ci/run, which builds it with Go, or set KUBEBUILDER_ASSETS';
  }
  const version = (await isExecutable(DEBIAN_ETCD)) ? (await run(DEBIAN_ETCD, ['--version'])).stdout : '';
  if (/^etcd Version: 3\.4\./m.test(version)) return programs;
  return 'an etcd before 3.4.31 is not installed: apt-get install etcd-server on Debian 12';
}
