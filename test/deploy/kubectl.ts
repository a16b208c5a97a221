import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, type TestContext } from 'node:test';
import { type KubeApiserver, startKubeApiserver } from '../support/kube-apiserver.ts';
import { findKube } from '../support/kube-programs.ts';
import { runOk } from '../support/processes.ts';
import { doWithout, isExecutable } from '../support/tools.ts';

/** The repository's root, where the README's commands are run. */
export const ROOT = join(import.meta.dirname, '../..');

const MISSING = 'kubectl is not installed: run .ci/run, which builds it with Go, or set KUBEBUILDER_ASSETS';

/** A real API server, and the real kubectl that talks to it. */
export class KubectlCluster implements AsyncDisposable {
  readonly server: KubeApiserver;
  readonly #program: string;
  readonly #home: string;

  private constructor(server: KubeApiserver, program: string, home: string) {
    this.server = server;
    this.#program = program;
    this.#home = home;
  }

  /** One line that says what is missing, where something is. */
  static async start(): Promise<KubectlCluster | string> {
    const programs = await findKube('new');
    if (typeof programs === 'string') return programs;
    const program = join(dirname(programs.kubeApiserver), 'kubectl');
    if (!(await isExecutable(program))) return MISSING;
    const home = await mkdtemp(join(tmpdir(), 'tallyman-kubectl-'));
    try {
      const server = await startKubeApiserver(programs, { etcd: 'new' });
      await writeFile(join(home, 'kubeconfig'), server.kubeconfig());
      return new KubectlCluster(server, program, home);
    } catch (error) {
      await rm(home, { recursive: true, force: true });
      throw error;
    }
  }

  /** Its standard output; throws with what kubectl says when it fails. */
  async kubectl(...args: readonly string[]): Promise<string> {
    const env = { PATH: process.env['PATH'], HOME: this.#home, KUBECONFIG: join(this.#home, 'kubeconfig') };
    return await runOk(this.#program, args, { env, cwd: ROOT });
  }

  /** Writes a file beside its configuration, and gives its path. */
  async file(name: string, text: string): Promise<string> {
    const path = join(this.#home, name);
    await writeFile(path, text);
    return path;
  }

  /** A token of a service account, as the kubelet would mount it. */
  async tokenOf(namespace: string, serviceAccount: string): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`;
    const { text } = await this.server.admin.send('POST', path, {
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    });
    const { status }: { status: { token: string } } = JSON.parse(text);
    return status.token;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await rm(this.#home, { recursive: true, force: true });
  }
}

/** The cluster, where there is one; without it the test is skipped and must end at once, and fails in CI. */
export function requireCluster(
  t: Pick<TestContext, 'skip'>,
  cluster: KubectlCluster | string | undefined,
): KubectlCluster | undefined {
  if (typeof cluster !== 'string') return cluster;
  doWithout(t, cluster, process.env);
  return undefined;
}

/** A manifest that was applied for all tests of a suite. */
export interface AppliedManifest {
  /** What the server made of it, by kind. */
  readonly objects: ReadonlyMap<unknown, unknown>;
  /** As `requireCluster`. */
  cluster(t: Pick<TestContext, 'skip'>): KubectlCluster | undefined;
}

/** Applies a manifest, strictly checked, to a cluster of its own before the tests of the suite that is being described. */
export function applyForSuite(manifest: string): AppliedManifest {
  let started: KubectlCluster | string | undefined;
  let objects: ReadonlyMap<unknown, unknown> = new Map();
  before(async () => {
    started = await KubectlCluster.start();
    if (typeof started === 'string') return;
    await started.kubectl('apply', '-f', manifest, '--validate=strict');
    const list: { items: readonly unknown[] } = JSON.parse(
      await started.kubectl('get', '-f', manifest, '-o', 'json'),
    );
    objects = new Map(list.items.map((object) => [at(object, 'kind'), object]));
  });
  after(async () => {
    if (started instanceof KubectlCluster) await started[Symbol.asyncDispose]();
  });
  return {
    get objects() {
      return objects;
    },
    cluster: (t) => requireCluster(t, started),
  };
}

/** What is at a path of names and indexes in a value read from JSON or YAML: `spec.ports.0.port`, or the names one by one. */
export function at(value: unknown, path: string | readonly string[]): unknown {
  let found = value;
  for (const name of typeof path === 'string' ? path.split('.') : path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Object.getOwnPropertyDescriptor(found, name)?.value;
  }
  return found;
}

/** The same of a list; throws when there is none. */
export function listAt(value: unknown, path: string | readonly string[]): readonly unknown[] {
  const found = at(value, path);
  if (!Array.isArray(found)) throw new Error(`there is no list at ${String(path)}`);
  return found;
}
