import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alone } from './alone.ts';
import { fingerprintOf } from './files.ts';
import { paintFirst } from './firstPaint.ts';
import { finishManifest } from './manifest.ts';
import { buildPageScripts } from './pageScripts.ts';
import { runPlasmo } from './plasmo.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const home = at('..');
const dist = at('../dist');
const sources = ['../src', '../pack', '../assets', '../package.json', '../tsconfig.json'];
const others = ['../../shared/src', '../../package-lock.json'];
/** One that a browser still runs from, and the newest. */
const buildsKept = 2;

export type BuiltExtension = {
  /** The unpacked extension, without a key: its id is of its path. */
  dir: string;
  /** Of everything that it was made from. */
  fingerprint: string;
};

/** The built extension, building it when its sources changed. Appears whole or not at all. */
export async function ensureExtensionBuilt({
  say,
}: {
  say: (text: string) => void;
}): Promise<BuiltExtension> {
  const fingerprint = await fingerprintOf(home, [...sources, ...others].map(at));
  const dir = join(dist, fingerprint);
  const isBuilt = () => existsSync(join(dir, 'manifest.json'));
  if (isBuilt()) return { dir, fingerprint };
  await mkdir(dist, { recursive: true });
  await alone(join(dist, '.building'), async () => {
    if (isBuilt()) return;
    say('Building the extension…');
    const startedAt = performance.now();
    const draft = join(dist, `.draft-${process.pid}`);
    await rm(draft, { recursive: true, force: true });
    await runPlasmo(home);
    await cp(join(home, 'build', 'chrome-mv3-prod'), draft, { recursive: true });
    await buildPageScripts(home, draft);
    await finishManifest(draft);
    await paintFirst(draft);
    await rename(draft, dir);
    await removeOld(dir);
    say(`Built the extension in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
  });
  return { dir, fingerprint };
}

async function removeOld(current: string): Promise<void> {
  const names = (await readdir(dist)).filter(name => /^[0-9a-f]{16}$/.test(name));
  const builds = await Promise.all(
    names.map(async name => ({ path: join(dist, name), ms: (await stat(join(dist, name))).mtimeMs })),
  );
  const old = builds.filter(build => build.path !== current).sort((a, b) => b.ms - a.ms);
  for (const { path } of old.slice(buildsKept - 1)) await rm(path, { recursive: true, force: true });
}
