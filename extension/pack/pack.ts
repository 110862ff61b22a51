import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import crx3 from 'crx3';
import type { BuiltExtension } from './build.ts';
import { filesUnder } from './files.ts';
import { extensionIdOf, manifestKeyOf } from './key.ts';
import { changeManifest, loopback, reachableFrom, readManifest } from './manifest.ts';
import { policyFiles } from './policies.ts';

export type PackedExtension = {
  id: string;
  version: string;
  /** The unpacked extension with its key. */
  unpacked: string;
  /** deckhand.crx, deckhand.zip, updates.xml, policies/ */
  files: string;
};

export type PackOptions = {
  built: BuiltExtension;
  /** Path of the PEM. */
  keyPath: string;
  /** Where packed extensions of this server lie. */
  outDir: string;
  /** Where people reach the server. */
  publicUrl: string;
};

/** The built extension for one server: signed with its key, with its own id, update manifest and policy files. */
export async function packExtension({
  built,
  keyPath,
  outDir,
  publicUrl,
}: PackOptions): Promise<PackedExtension> {
  const pem = await readFile(keyPath, 'utf8');
  const id = extensionIdOf(pem);
  await mkdir(outDir, { recursive: true });
  const about = `${built.fingerprint} ${id} ${publicUrl}`;
  const kept = await lastOf(outDir);
  const release = kept?.about === about ? kept.release : (kept?.release ?? 0) + 1;
  const { version: base } = await readManifest(built.dir);
  const version = `${base}.${release}`;
  const dir = join(outDir, String(release));
  const packed = { id, version, unpacked: join(dir, 'unpacked'), files: dir };
  if (kept?.about === about) return packed;

  const draft = `${dir}.${process.pid}`;
  const unpacked = join(draft, 'unpacked');
  await rm(draft, { recursive: true, force: true });
  await cp(built.dir, unpacked, { recursive: true });
  const matches = [...new Set([`${new URL(publicUrl).origin}/*`, ...loopback])];
  await changeManifest(unpacked, {
    version,
    key: manifestKeyOf(pem),
    update_url: `${publicUrl}/extension/updates.xml`,
    ...reachableFrom(matches),
  });
  await writeFile(join(unpacked, 'server.json'), JSON.stringify({ serverUrl: publicUrl }));
  await crx3(await filesUnder(unpacked), {
    keyPath,
    crxPath: join(draft, 'deckhand.crx'),
    zipPath: join(draft, 'deckhand.zip'),
    xmlPath: join(draft, 'updates.xml'),
    crxURL: `${publicUrl}/extension/deckhand.crx`,
    appVersion: version,
  });
  for (const { path, text } of policyFiles({ id, publicUrl })) {
    await mkdir(join(draft, 'policies'), { recursive: true });
    await writeFile(join(draft, 'policies', path), text);
  }
  await rm(dir, { recursive: true, force: true });
  await rename(draft, dir);
  await writeFile(join(outDir, 'last.json'), JSON.stringify({ about, release }));
  return packed;
}

async function lastOf(outDir: string): Promise<{ about: string; release: number } | null> {
  const text = await readFile(join(outDir, 'last.json'), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as { about: string; release: number });
}
