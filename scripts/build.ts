import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { licenceTexts } from './licences.ts';

const { version } = JSON.parse(await readFile('package.json', 'utf8'));

// CommonJS packages in the bundle ask for built-in modules with require.
const REQUIRE =
  "import{createRequire as tallymanRequire}from'node:module';const require=tallymanRequire(import.meta.url);";

rmSync('dist', { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: {
    reimage: 'src/cli/reimage.ts',
    'container-image-exporter': 'src/cli/container-image-exporter.ts',
  },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  minify: true,
  mainFields: ['module', 'main'],
  chunkNames: 'chunks/[name]-[hash]',
  define: {
    'process.env.TALLYMAN_VERSION': JSON.stringify(version),
    'process.env.TALLYMAN_REVISION': JSON.stringify(revision()),
  },
  banner: { js: REQUIRE },
  metafile: true,
});
await writeFile('dist/LICENCES.txt', await licenceTexts(Object.keys(metafile.inputs)));

/** The commit that is built: as the environment says, where no checkout is at hand, or as git does; else empty. */
function revision(): string {
  const { TALLYMAN_REVISION } = process.env;
  if (TALLYMAN_REVISION !== undefined) return TALLYMAN_REVISION;
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}
