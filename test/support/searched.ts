import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { gunzipSync, inflateSync } from 'node:zlib';
import type { Redis } from 'ioredis';
import { docker } from './engine.ts';

/** Everything that Redis holds, as text: names of keys, and values of every type. */
export const redisText = async (redis: Redis) => (await entriesOf(redis)).join('\n');

/** Keys of Redis in which one of these words is, with what stands around it. */
export async function redisWith(redis: Redis, words: readonly string[]): Promise<string[]> {
  const entries = await entriesOf(redis);
  return words.flatMap(word =>
    entries.filter(entry => entry.includes(word)).map(entry => `${word} in ${entry.slice(0, 300)}`),
  );
}

async function entriesOf(redis: Redis): Promise<string[]> {
  const found: string[] = [];
  for (const key of await redis.keys('*')) {
    const read: Record<string, () => Promise<unknown>> = {
      string: () => redis.get(key),
      hash: () => redis.hgetall(key),
      list: () => redis.lrange(key, 0, -1),
      set: () => redis.smembers(key),
      zset: () => redis.zrange(key, '0', '-1', 'WITHSCORES'),
      stream: () => redis.xrange(key, '-', '+'),
    };
    found.push(JSON.stringify([key, await read[await redis.type(key)]?.()]));
  }
  return found;
}

/** Files of a folder in which one of these words is, packed or not, deleted pages of databases too. */
export async function filesWith(folder: string, words: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const content = await readFile(path).catch(() => null);
    if (!content) continue;
    const forms = [content, ...unpacked(content)].map(form => form.toString('latin1'));
    if (/\.sqlite$/.test(path)) forms.push(rowsOf(path));
    for (const word of words) {
      const form = forms.find(each => each.includes(word));
      if (!form) continue;
      const at = form.indexOf(word);
      found.push(`${path}: ${form.slice(Math.max(0, at - 120), at + 120)}`);
    }
  }
  return found;
}

function unpacked(content: Buffer): Buffer[] {
  return [gunzipSync, inflateSync].flatMap(unpack => {
    try {
      return [unpack(content)];
    } catch {
      return [];
    }
  });
}

function rowsOf(path: string): string {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    return JSON.stringify(tables.map(({ name }) => db.prepare(`SELECT * FROM "${String(name)}"`).all()));
  } finally {
    db.close();
  }
}

/** Disks on the engine, of sandboxes and kept ones, whose blocks have this word, those of deleted files too. */
export async function disksWith(deploymentId: string, word: string): Promise<string[]> {
  const helper = docker.getContainer(`deckhand-${deploymentId}-disks`);
  const Cmd = ['sh', '-c', `grep -laF '${word}' /disks/store/live/* /disks/store/files/*`];
  const exec = await helper.exec({ Cmd, AttachStdout: true, Tty: true });
  return (await text(await exec.start({ Tty: true }))).split(/\r?\n/).filter(line => line.startsWith('/'));
}

/** Names and labels of all containers and volumes of a deployment, as text. */
export async function engineText(deploymentId: string): Promise<string> {
  const filters = { label: [`deckhand.house=${deploymentId}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const { Volumes } = await docker.listVolumes({ filters });
  return JSON.stringify([containers, Volumes]);
}
