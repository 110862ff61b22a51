import { lstat, mkdir, open, readdir, readFile, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { unlessMissing } from './fault.ts';
import { syncToDisk } from './files.ts';

export type About = Record<string, unknown>;

/**
 * Names of disks. Each is a symlink `named/NAME` to what lies in `files/`, with what is said of it beside that as JSON.
 * Replacing one is a rename of the symlink: whoever dies on the way leaves the old one as it was, and at most something
 * that no symlink names, which `tidy` removes.
 */
export class Shelf {
  readonly files: string;
  readonly names: string;
  readonly #removeFile: (path: string) => Promise<void>;

  /** `removeFile`: how what lies in `files/` goes once its name is gone. */
  constructor(folder: string, removeFile: (path: string) => Promise<void>) {
    this.files = `${folder}/files`;
    this.names = `${folder}/named`;
    this.#removeFile = removeFile;
  }

  async open(): Promise<void> {
    for (const folder of [this.files, this.names]) await mkdir(folder, { recursive: true });
  }

  /** A place for something new under a name. */
  fresh(name: string, suffix = '.img'): string {
    const random = Buffer.from(crypto.getRandomValues(new Uint8Array(7)))
      .toString('base64url')
      .slice(0, 10);
    return `${this.files}/${name}.${random.replaceAll('-', '_')}${suffix}`;
  }

  /** What has the name; undefined where nothing has. */
  async at(name: string): Promise<string | undefined> {
    const target = await unlessMissing(readlink(`${this.names}/${name}`));
    return target === undefined ? undefined : `${this.files}/${basename(target)}`;
  }

  /** Gives the name to a file that is whole, and removes what had it. */
  async publish(name: string, file: string, about: About): Promise<void> {
    const aside = `${file}.link`;
    try {
      await writeSynced(aboutOf(file), JSON.stringify(about));
      await symlink(`../files/${basename(file)}`, aside);
      const old = await this.at(name);
      await rename(aside, `${this.names}/${name}`);
      if (old !== undefined && old !== file) await this.#remove(old);
    } catch (error) {
      await rm(aside, { force: true });
      throw error;
    }
    await syncToDisk(this.names);
  }

  async forget(name: string): Promise<void> {
    const old = await this.at(name);
    if (old === undefined) return;
    await rm(`${this.names}/${name}`, { force: true });
    await this.#remove(old);
  }

  /** What cannot be read was lost, and the disk beside it is good all the same. */
  async aboutOf(file: string): Promise<About> {
    try {
      const about: unknown = JSON.parse(await readFile(aboutOf(file), 'utf8'));
      return typeof about === 'object' && about !== null ? { ...about } : {};
    } catch {
      return {};
    }
  }

  /** Every name with what has it, and its age. */
  async list(): Promise<{ name: string; file: string; ageMs: number }[]> {
    const found = await Promise.all(
      (await readdir(this.names)).map(async name => {
        const file = await this.at(name);
        if (file === undefined || !(await unlessMissing(stat(file)))) return [];
        const written = await unlessMissing(stat(aboutOf(file)));
        return [{ name, file, ageMs: Math.max(0, Date.now() - (written?.mtimeMs ?? Date.now())) }];
      }),
    );
    return found.flat();
  }

  /** Whether a file has a name. */
  async isNamed(file: string): Promise<boolean> {
    return (await this.list()).some(entry => entry.file === file);
  }

  /** What lies in `files/` without a name and was changed last so long ago. */
  async nameless(olderThanMs: number): Promise<string[]> {
    const named = new Set((await this.list()).map(({ file }) => file));
    const old: string[] = [];
    for (const entry of await readdir(this.files)) {
      const path = `${this.files}/${entry}`;
      if (entry.endsWith('.json') || named.has(path)) continue;
      const found = await unlessMissing(lstat(path));
      // Not when it was written: a copy has that from what it is a copy of.
      if (found && Date.now() - found.ctimeMs >= olderThanMs) old.push(path);
    }
    return old;
  }

  async removeFile(file: string): Promise<void> {
    await this.#remove(file);
  }

  async #remove(file: string): Promise<void> {
    await this.#removeFile(file);
    await rm(aboutOf(file), { force: true });
  }
}

const aboutOf = (file: string) => `${file}.json`;

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
