import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const root = at('.');
const dist = at('./dist');
/** Everything that the page is made of. */
const sources = [
  './src',
  './public',
  './index.html',
  './vite.config.ts',
  './fewerLanguages.ts',
  '../../shared/src',
  '../../package-lock.json',
].map(at);
/** Pages that are open still ask for the assets of the build before. */
const buildsKept = 2;

/**
 * The folder of the built page, building it when its sources changed. Each build has a folder of its own, named for
 * its sources and moved there when whole: a build that is cut off leaves nothing that anyone serves.
 */
export async function ensureWebBuilt({ say }: { say: (text: string) => void }): Promise<string> {
  const built = join(dist, await fingerprint());
  if (existsSync(join(built, 'index.html'))) return built;
  say('Building the web page…');
  const startedAt = performance.now();
  const draft = join(dist, `.building-${process.pid}-${Date.now()}`);
  try {
    await runVite(draft);
    await mkdir(dist, { recursive: true });
    // Somebody else may have finished the same build first; then theirs is as good.
    await rename(draft, built).catch(error => {
      if (!existsSync(join(built, 'index.html'))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  await removeOld(built);
  say(`Built the web page in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
  return built;
}

/** In a process of its own, so that a server that already answers is not held up. */
function runVite(outDir: string): Promise<void> {
  const vite = createRequire(import.meta.url).resolve('vite/package.json');
  const args = [join(vite, '../bin/vite.js'), 'build', root, '--outDir', outDir, '--logLevel', 'warn'];
  const env = { ...process.env, NODE_ENV: 'production' };
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => {
      if (code === 0) resolve();
      else reject(new Error(`the web page could not be built:\n${output.trim()}`));
    });
  });
}

/** Of all sources' paths and contents. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) {
    for (const file of await filesUnder(source)) {
      hash.update(file.slice(root.length)).update('\0');
      hash.update(await readFile(file)).update('\0');
    }
  }
  return hash.digest('hex').slice(0, 16);
}

async function filesUnder(path: string): Promise<string[]> {
  const about = await stat(path).catch(() => null);
  if (!about) return [];
  if (about.isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map(entry => join(entry.parentPath, entry.name))
    .sort();
}

async function removeOld(current: string): Promise<void> {
  const names = (await readdir(dist)).filter(name => /^[0-9a-f]{16}$/.test(name));
  const builds = await Promise.all(
    names.map(async name => ({ path: join(dist, name), ms: (await stat(join(dist, name))).mtimeMs })),
  );
  const old = builds.filter(build => build.path !== current).sort((a, b) => b.ms - a.ms);
  for (const { path } of old.slice(buildsKept - 1)) await rm(path, { recursive: true, force: true });
}
