import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Registry, registryDomain } from '../../../../test/emulators/company.ts';
import { digest, type Files, integrityOf, tarballOf } from './packed.ts';

export const npmUrl = `https://npm.${registryDomain}/`;

type Manifest = { name: string; version: string } & Record<string, unknown>;
export type NpmPackage = { manifest: Manifest; tarball: Buffer };

export async function npmPackage(manifest: Manifest, files: Files): Promise<NpmPackage> {
  const all = { 'package.json': JSON.stringify(manifest), ...files };
  const inside = Object.entries(all).map(([name, content]) => [`package/${name}`, content]);
  return { manifest, tarball: await tarballOf(Object.fromEntries(inside)) };
}

/** A package as it lies in this repository's own node_modules: the managers, which sandboxes install too. */
export async function installedPackage(name: string): Promise<NpmPackage> {
  const dir = fileURLToPath(new URL(`../../../../node_modules/${name}/`, import.meta.url));
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries.filter(each => each.isFile()).map(each => join(each.parentPath, each.name));
  const files = await Promise.all(
    paths.map(async path => [`package/${path.slice(dir.length)}`, await readFile(path)] as const),
  );
  const manifest = JSON.parse(await readFile(join(dir, 'package.json'), 'utf8')) as Manifest;
  return { manifest, tarball: await tarballOf(Object.fromEntries(files)) };
}

/** The newest of the registry that this machine uses, for what is too large to lie in node_modules. */
export async function packedPackage(name: string): Promise<NpmPackage> {
  const run = promisify(execFile);
  const dir = await mkdtemp(join(tmpdir(), 'deckhand-pack-'));
  try {
    await run('npm', ['pack', '--silent', '--pack-destination', dir, name], { cwd: dir });
    const [file = ''] = await readdir(dir);
    const { stdout } = await run('tar', ['-xOzf', join(dir, file), 'package/package.json']);
    return { manifest: JSON.parse(stdout) as Manifest, tarball: await readFile(join(dir, file)) };
  } finally {
    await rm(dir, { recursive: true });
  }
}

const fileOf = ({ name, version }: Manifest) => `${name}/-/${name.replace(/^.*\//, '')}-${version}.tgz`;
export const tarballUrl = ({ manifest }: NpmPackage): string => `${npmUrl}${fileOf(manifest)}`;

const longAgo = '2025-01-01T00:00:00.000Z';

/** One version of each. */
export function npmRegistry(packages: NpmPackage[]): Registry {
  const all = new Map<string, { body: string | Buffer; type: string }>();
  for (const each of packages) {
    const { manifest, tarball } = each;
    const { name, version } = manifest;
    const dist = {
      tarball: tarballUrl(each),
      integrity: integrityOf(tarball),
      shasum: digest('sha1', tarball),
    };
    // Managers leave aside what is only some days old.
    const time = { created: longAgo, modified: longAgo, [version]: longAgo };
    const about = {
      name,
      'dist-tags': { latest: version },
      time,
      versions: { [version]: { ...manifest, dist } },
    };
    all.set(`/${name}`, { body: JSON.stringify(about), type: 'application/json' });
    all.set(`/${fileOf(manifest)}`, { body: tarball, type: 'application/octet-stream' });
  }
  return path => all.get(path) ?? null;
}
