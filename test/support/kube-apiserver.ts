import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { KubeClient } from './kube-client.ts';
import { BackgroundProcess, freePorts } from './kube-process.ts';
import type { EtcdAge, KubePrograms } from './kube-programs.ts';

/** What a ClusterRole allows. */
export interface KubeRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

export interface KubeApiserverOptions {
  readonly etcd: EtcdAge;
  /** Users to know, each by the token `NAME-token`; they may do nothing until `grant`. */
  readonly users?: readonly string[];
}

interface NamedObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly [field: string]: unknown;
}

const ADMIN_TOKEN = 'admin-token';
const RBAC = 'rbac.authorization.k8s.io';
/** A loaded machine takes its time; without load it is 3 seconds. */
const READY_WITHIN_MS = 60_000;
const GRACE_MS = 2_000;

/** Starts etcd and kube-apiserver on free loopback ports, with storage of their own, and waits until they are ready. */
export async function startKubeApiserver(
  programs: KubePrograms,
  options: KubeApiserverOptions,
): Promise<KubeApiserver> {
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-apiserver-'));
  const server = new KubeApiserver(programs, options, folder, await freePorts(3));
  try {
    await server.prepare();
    await server.start();
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** A real kube-apiserver with its etcd: token-auth-file users, RBAC, no controllers, no kubelets. */
export class KubeApiserver implements AsyncDisposable {
  readonly url: string;
  /** Of a user who may do everything. */
  readonly token = ADMIN_TOKEN;
  readonly #programs: KubePrograms;
  readonly #options: KubeApiserverOptions;
  readonly #folder: string;
  readonly #port: number;
  readonly #etcdPort: number;
  readonly #peerPort: number;
  #etcd: BackgroundProcess | undefined;
  #apiserver: BackgroundProcess | undefined;
  #ca = '';
  #grants = 0;

  constructor(
    programs: KubePrograms,
    options: KubeApiserverOptions,
    folder: string,
    [port = 0, etcdPort = 0, peerPort = 0]: readonly number[],
  ) {
    this.#programs = programs;
    this.#options = options;
    this.#folder = folder;
    this.#port = port;
    this.#etcdPort = etcdPort;
    this.#peerPort = peerPort;
    this.url = `https://127.0.0.1:${port}`;
  }

  /** PEM text of the authority that its certificate is from. */
  get ca(): string {
    return this.#ca;
  }

  /** A client with everything allowed. */
  get admin(): KubeClient {
    return new KubeClient(this.url, { ca: this.#ca, token: ADMIN_TOKEN });
  }

  /** The token of a user that was named at the start. */
  tokenOf(user: string): string {
    return `${user}-token`;
  }

  /** Text of a kubeconfig file, with everything allowed if no other token is given. */
  kubeconfig(token = ADMIN_TOKEN): string {
    const authority = Buffer.from(this.#ca).toString('base64');
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster: { server: this.url, 'certificate-authority-data': authority } }],
      users: [{ name: 'test', user: { token } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      'current-context': 'test',
    });
  }

  /** Gives a user the rights of a ClusterRole of its own, in place of those it had, and waits until they count. */
  async grant(user: string, rules: readonly KubeRule[]): Promise<void> {
    // The authorizer learns of roles by a watch: once this path is allowed, it knows this very role.
    const mark = `/granted/${++this.#grants}`;
    const marked = [...rules, { nonResourceURLs: [mark], verbs: ['get'] }];
    await this.#apply('clusterroles', { kind: 'ClusterRole', metadata: { name: user }, rules: marked });
    await this.#apply('clusterrolebindings', {
      kind: 'ClusterRoleBinding',
      metadata: { name: user },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: user },
      subjects: [{ apiGroup: RBAC, kind: 'User', name: user }],
    });
    const token = this.tokenOf(user);
    while ((await this.admin.send('GET', mark, { token })).status === 403) await wait(5);
  }

  /** Makes etcd forget all versions of objects but the newest. */
  async compact(): Promise<void> {
    const list = await this.admin.ok('GET', '/api/v1/namespaces?limit=1');
    const answer = await fetch(`http://127.0.0.1:${this.#etcdPort}/v3/kv/compaction`, {
      method: 'POST',
      body: JSON.stringify({ revision: list.metadata.resourceVersion, physical: true }),
    });
    if (!answer.ok) throw new Error(`etcd does not compact: ${await answer.text()}`);
  }

  /** Writes keys and tokens, and starts etcd. */
  async prepare(): Promise<void> {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const users = (this.#options.users ?? []).map((name) => `${this.tokenOf(name)},${name},${name}\n`);
    await writeFile(this.#file('sa.key'), privateKey);
    await writeFile(this.#file('sa.pub'), publicKey);
    await writeFile(
      this.#file('tokens.csv'),
      `${ADMIN_TOKEN},admin,admin,"system:masters"\n${users.join('')}`,
    );
    const [client, peer] = [`http://127.0.0.1:${this.#etcdPort}`, `http://127.0.0.1:${this.#peerPort}`];
    const args = [
      `--data-dir=${this.#file('etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      '--log-level=error',
      // Debian's does not know the flag yet.
      ...(this.#options.etcd === 'new' ? ['--unsafe-no-fsync'] : []),
    ];
    this.#etcd = await BackgroundProcess.start(this.#programs.etcd, args, this.#file('etcd.log'));
  }

  /** Starts kube-apiserver, on the same port and storage as before, and waits until it is ready. */
  async start(): Promise<void> {
    const args = [
      `--etcd-servers=http://127.0.0.1:${this.#etcdPort}`,
      `--cert-dir=${this.#folder}`,
      `--secure-port=${this.#port}`,
      '--bind-address=127.0.0.1',
      // Of no use, but without one it looks for a network to be found in.
      '--advertise-address=192.0.2.1',
      '--endpoint-reconciler-type=none',
      `--service-account-issuer=${this.url}`,
      `--service-account-signing-key-file=${this.#file('sa.key')}`,
      `--service-account-key-file=${this.#file('sa.pub')}`,
      `--token-auth-file=${this.#file('tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--service-cluster-ip-range=10.0.0.0/24',
      // Nobody here makes the service accounts that it would wait for.
      '--disable-admission-plugins=ServiceAccount',
    ];
    const log = this.#file('kube-apiserver.log');
    const apiserver = await BackgroundProcess.start(this.#programs.kubeApiserver, args, log);
    this.#apiserver = apiserver;
    const deadline = Date.now() + READY_WITHIN_MS;
    while (!(await this.#isReady())) {
      if (apiserver.ended || Date.now() > deadline) {
        throw new Error(`kube-apiserver is not ready: ${await apiserver.lastWords()}`);
      }
      await wait(50);
    }
  }

  /** Ends kube-apiserver; etcd stays. `SIGKILL` ends it without a word to its clients. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const gone = this.#apiserver?.stop(signal);
    // It would wait a minute for open watches.
    await Promise.race([gone, wait(GRACE_MS, undefined, { ref: false })]);
    await this.#apiserver?.stop('SIGKILL');
  }

  async restart(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.stop(signal);
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL');
    await this.#etcd?.stop('SIGKILL');
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #apply(resource: string, object: NamedObject): Promise<void> {
    const path = `/apis/${RBAC}/v1/${resource}/${object.metadata.name}?fieldManager=tests&force=true`;
    const body = { apiVersion: `${RBAC}/v1`, ...object };
    await this.admin.ok('PATCH', path, { contentType: 'application/apply-patch+yaml', body });
  }

  async #isReady(): Promise<boolean> {
    try {
      this.#ca = await readFile(this.#file('apiserver.crt'), 'utf8');
      return (await this.admin.send('GET', '/readyz')).status === 200;
    } catch {
      return false;
    }
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }
}
