import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigReader } from './config-reader.ts';
import { CredentialError } from './errors.ts';

function reader(read: () => Promise<string | undefined>, warnings: string[] = []): ConfigReader {
  return new ConfigReader({ name: 'f', format: 'config', read }, { warn: (text) => warnings.push(text) });
}

function config(key: string): string {
  return JSON.stringify({ auths: { [key]: {} } });
}

async function keys(of: ConfigReader): Promise<readonly string[] | undefined> {
  const found = await of.read();
  return found && [...found.auths.keys()];
}

test('a mounted secret that is swapped counts at once, although size and time are the same', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-config-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  // As the kubelet writes a volume: data in a folder of its own, reached through a link that is replaced whole.
  const mount = async (name: string, key: string): Promise<void> => {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'config.json'), config(key));
    await utimes(join(folder, name, 'config.json'), 1, 1);
    await symlink(name, join(folder, `link-${name}`));
    await rename(join(folder, `link-${name}`), join(folder, '..data'));
  };
  await mount('one', 'a.io');
  await symlink('..data/config.json', join(folder, 'config.json'));
  const of = reader(async () => await readFile(join(folder, 'config.json'), 'utf8'));
  assert.deepEqual(await keys(of), ['a.io']);
  await mount('two', 'b.io');
  assert.deepEqual(await keys(of), ['b.io']);
});

test('the same text is parsed once', async () => {
  const of = reader(async () => config('a.io'));
  assert.equal(await of.read(), await of.read());
});

test('what never was any good is an error, each time', async () => {
  const of = reader(async () => '{');
  const fault = new CredentialError('f, line 1, column 2: not valid JSON');
  await assert.rejects(of.read(), fault);
  await assert.rejects(of.read(), fault);
});

test('a broken text is warned of and the good one before it kept; one that is gone is gone', async () => {
  const warnings: string[] = [];
  const texts: (string | undefined)[] = [config('a.io'), '{', config('a.io'), undefined, '{'];
  const of = reader(async () => texts.shift(), warnings);
  assert.deepEqual(await keys(of), ['a.io']);
  assert.deepEqual(await keys(of), ['a.io']);
  assert.deepEqual(warnings, ['f, line 1, column 2: not valid JSON; what it said before still counts']);
  assert.deepEqual(await keys(of), ['a.io']);
  assert.equal(await keys(of), undefined);
  await assert.rejects(keys(of), CredentialError);
  assert.equal(warnings.length, 1);
});
