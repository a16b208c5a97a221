import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';

/** Programs that tests may need, and how one gets each. */
const INSTALL = {
  crane: 'run .ci/run, which builds it with Go, or get it from github.com/google/go-containerregistry',
  regctl: 'run .ci/run, which builds it with Go, or get it from github.com/regclient/regclient',
  cosign: 'run .ci/run, which builds it with Go, or get it from github.com/sigstore/cosign',
  helm3: 'run .ci/run, which builds it with Go, or get version 3 from github.com/helm/helm',
  helm4: 'run .ci/run, which builds it with Go, or get version 4 from github.com/helm/helm',
  kustomize: 'run .ci/run, which builds it with Go, or get it from github.com/kubernetes-sigs/kustomize',
  skopeo: 'apt-get install skopeo',
  'docker-registry': 'apt-get install docker-registry',
  openssl: 'apt-get install openssl',
  prometheus: 'apt-get install prometheus',
  promtool: 'apt-get install prometheus',
  go: 'the package golang-go brings it',
} as const;

export type Tool = keyof typeof INSTALL;

/**
 * The path of a program that a test needs. Without it the test fails in CI (`CI` is set); elsewhere it is
 * skipped with a line that says what to install, and must end at once.
 */
export async function requireTool(
  t: Pick<TestContext, 'skip'>,
  tool: Tool,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const path = await findTool(tool, env);
  if (path !== undefined) return path;
  doWithout(t, `${tool} is not installed: ${INSTALL[tool]}`, env);
  return undefined;
}

/** Skips a test for want of a program; fails it in CI, which has them all. */
export function doWithout(t: Pick<TestContext, 'skip'>, message: string, env: NodeJS.ProcessEnv): void {
  if (env['CI']) throw new Error(message);
  t.skip(message);
}

/** The project's own folder of helpers. */
export function helperFolder(env: NodeJS.ProcessEnv): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'tallyman', 'bin');
}

/** The path of a program on PATH or in the project's own folder of helpers; undefined when there is none. */
export async function findTool(
  tool: Tool,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const folders = [...(env['PATH'] ?? '').split(delimiter), helperFolder(env)];
  for (const folder of folders) {
    const path = join(folder, tool);
    if (folder !== '' && (await isExecutable(path))) return path;
  }
  return undefined;
}

/** True for a file that may be run. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
