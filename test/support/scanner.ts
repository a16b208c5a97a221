import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { eventually } from './eventually.ts';

/** One start of the scanner. */
export interface ScannerCall {
  /** All arguments, the image last. */
  readonly args: readonly string[];
  readonly image: string;
  /** `sha256:…` of the image; empty when it is not named by its digest. */
  readonly digest: string;
}

/** What a call prints and ends with. */
export interface ScannerOutput {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode?: number;
}

/** `stay` starts a child, and neither of them ends by itself, or by a signal that it may ignore. */
export type ScannerReply = ScannerOutput | 'stay';

/** A vulnerability as the stand-in has it; a package of the image's with a fix, where nothing else is said. */
export interface ScannerFinding {
  readonly id: string;
  readonly cvss?: number;
  /** Only in reports of grype. */
  readonly risk?: number;
  readonly description?: string;
  readonly package?: string;
  /** `pkg:deb/debian/x@1`. */
  readonly purl?: string;
  /** Empty where there is none. */
  readonly fixedIn?: string;
}

export type ScannerAnswer = (call: ScannerCall) => ScannerReply | Promise<ScannerReply>;

/** Asks the test what to do, so that nothing has to be guessed from outside; what it dies of shows by its connection. */
const PROGRAM = `'use strict';
const { connect } = require('node:net');
const { spawn } = require('node:child_process');
const [port, ...args] = process.argv.slice(2);
const socket = connect(Number(port), '127.0.0.1');
const isChild = process.env.SCANNER_CHILD !== undefined;
socket.write(JSON.stringify({ pid: process.pid, isChild, args }) + '\\n');
let text = '';
socket.setEncoding('utf8').on('error', () => process.exit(1)).on('data', (piece) => {
  text += piece;
  if (!text.endsWith('\\n')) return;
  const reply = JSON.parse(text);
  if (reply === 'stay') {
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(name, () => undefined);
    if (!isChild) spawn(process.execPath, [__filename, port], { env: { ...process.env, SCANNER_CHILD: '1' } });
    return;
  }
  process.stderr.write(reply.stderr ?? '', () => {
    process.stdout.write(reply.stdout ?? '', () => {
      process.exitCode = reply.exitCode ?? 0;
      socket.end();
    });
  });
});
`;

/** Starts a stand-in for a scanner; `answer` says what each of its calls does. */
export async function startScanner(answer: ScannerAnswer = () => cleanReport()): Promise<ScannerDouble> {
  const folder = await mkdtemp(join(tmpdir(), 'tallyman scanner-'));
  const program = join(folder, 'scan.cjs');
  await writeFile(program, PROGRAM);
  const scanner = new ScannerDouble(folder, program, answer);
  await scanner.start();
  return scanner;
}

/** A scanner that runs as a process for each call, and is told by the test what it finds. */
export class ScannerDouble implements AsyncDisposable {
  /** In the order in which they came. */
  readonly calls: ScannerCall[] = [];
  /** Calls at one time, at most. */
  maxAtOnce = 0;
  readonly #folder: string;
  readonly #program: string;
  readonly #answer: ScannerAnswer;
  readonly #sockets = new Set<Socket>();
  readonly #pids = new Set<number>();
  #atOnce = 0;
  #children = 0;
  #server: Server | undefined;

  constructor(folder: string, program: string, answer: ScannerAnswer) {
    this.#folder = folder;
    this.#program = program;
    this.#answer = answer;
  }

  /** For `-vulncheck-command`; more arguments can be put after it. */
  get command(): string {
    const { port } = this.#address;
    return `"${process.execPath}" "${this.#program}" ${port}`;
  }

  /** Calls that have not ended. */
  get running(): number {
    return this.#atOnce;
  }

  /** Children of calls that stay, over all calls. */
  get children(): number {
    return this.#children;
  }

  /** The digests that were scanned, in order. */
  get digests(): readonly string[] {
    return this.calls.map(({ digest }) => digest).toSorted();
  }

  async start(): Promise<void> {
    const server = createServer((socket) => void this.#serve(socket));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    this.#server = server;
  }

  /** Waits until no process of any call is left. */
  async allGone(): Promise<void> {
    await eventually(
      () => {
        if (this.#sockets.size > 0) throw new Error(`${this.#sockets.size} processes of the scanner run on`);
      },
      { within: 10_000 },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of this.#pids) process.kill(pid, 'SIGKILL');
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server?.close(() => resolve());
    });
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #address(): AddressInfo {
    const address = this.#server?.address();
    if (typeof address !== 'object' || address === null) throw new Error('the scanner is not started');
    return address;
  }

  async #serve(socket: Socket): Promise<void> {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    for await (const line of createInterface({ input: socket })) {
      const { pid, isChild, args }: { pid: number; isChild: boolean; args: string[] } = JSON.parse(line);
      this.#pids.add(pid);
      socket.on('close', () => this.#pids.delete(pid));
      if (isChild) {
        this.#children += 1;
        reply(socket, 'stay');
        continue;
      }
      this.#atOnce += 1;
      this.maxAtOnce = Math.max(this.maxAtOnce, this.#atOnce);
      socket.on('close', () => (this.#atOnce -= 1));
      const image = args.at(-1) ?? '';
      const call = { args, image, digest: image.split('@')[1] ?? '' };
      this.calls.push(call);
      reply(socket, await this.#answer(call));
    }
  }
}

/** A report of trivy on any image. */
export function trivyReport(...findings: readonly ScannerFinding[]): ScannerOutput {
  const Vulnerabilities = findings.map((finding) => ({
    VulnerabilityID: finding.id,
    PkgName: finding.package ?? 'openssl',
    InstalledVersion: '1.0',
    ...(finding.fixedIn === '' ? {} : { FixedVersion: finding.fixedIn ?? '1.1' }),
    ...(finding.purl === undefined ? {} : { PkgIdentifier: { PURL: finding.purl } }),
    ...(finding.description === undefined ? {} : { Description: finding.description }),
    ...(finding.cvss === undefined ? {} : { CVSS: { nvd: { V3Score: finding.cvss } } }),
  }));
  return {
    stdout: JSON.stringify({
      SchemaVersion: 2,
      ArtifactType: 'container_image',
      Results: [{ Vulnerabilities }],
    }),
  };
}

/** A report of grype on any image. */
export function grypeReport(...findings: readonly ScannerFinding[]): ScannerOutput {
  const matches = findings.map(({ id, cvss, risk, description, fixedIn = '1.1', package: name, purl }) => ({
    vulnerability: {
      id,
      description,
      risk,
      cvss: cvss === undefined ? [] : [{ version: '3.1', metrics: { baseScore: cvss } }],
      fix: { versions: fixedIn === '' ? [] : [fixedIn], state: fixedIn === '' ? 'not-fixed' : 'fixed' },
    },
    artifact: { name: name ?? 'openssl', version: '1.0', purl },
  }));
  return { stdout: JSON.stringify({ matches, descriptor: { name: 'grype' } }) };
}

function cleanReport(): ScannerOutput {
  return trivyReport();
}

function reply(socket: Socket, answer: ScannerReply): void {
  if (!socket.destroyed) socket.write(`${JSON.stringify(answer)}\n`);
}
