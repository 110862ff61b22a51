import type { ChainableCommander } from 'ioredis';
import { part, sessionPrefix } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import type { ArchiveFile, KeyRow } from './archiveFile.ts';

/** What a restore that died has loaded so far goes by itself. */
const stagedTtlSeconds = 600;
const chunkCount = 500;
const chunkChars = 1024 * 1024;

export type Staged = { blob: string; suffix: string; lengths: { key: string; length: number }[] };

/** Loads an archive beside the session's place, with a time to live. */
export async function stageSession(
  store: Store,
  sessionId: string,
  archive: { file: ArchiveFile; blob: string },
): Promise<Staged> {
  const { file, blob } = archive;
  const suffix = `restore:${crypto.randomUUID()}:`;
  const chunks = new Chunks(store, sessionPrefix(sessionId) + suffix);
  for (const row of file.keyRows())
    await chunks.add(row.key, row.value.length, (multi, key) => addRow(multi, key, row));
  // The blob outlives the restore until the next one takes its place: should this Redis lose its last writes, it
  // remembers a home record that still finds it.
  await chunks.add(part.meta, 0, (multi, key) => multi.hset(key, 'archive', blob));
  for (let seq = 0, page = file.eventsAfter(0, chunkCount); page.length > 0; ) {
    for (const { atMs, json, ...entry } of page) {
      ({ seq } = entry);
      await chunks.add(part.log, json.length, (multi, key) =>
        multi.xadd(key, `${seq}-0`, 'at', atMs, 'e', json),
      );
    }
    page = file.eventsAfter(seq, chunkCount);
  }
  for (let n = 0, page = file.context(0, chunkCount); page.length > 0; ) {
    for (const message of page)
      await chunks.add(part.context, message.length, (multi, key) => multi.rpush(key, message));
    n += page.length;
    page = file.context(n, chunkCount);
  }
  await chunks.send();
  return { blob, suffix, lengths: withArchiveField(file) };
}

/** One more field in meta than in the archive, unless it came out of one before. */
const withArchiveField = (file: ArchiveFile) => {
  const added = file.field(part.meta, 'archive') === null ? 1 : 0;
  return file
    .lengths()
    .map(({ key, length }) => ({ key, length: key === part.meta ? length + added : length }));
};

function addRow(multi: ChainableCommander, key: string, { type, field, value }: KeyRow): ChainableCommander {
  switch (type) {
    case 'hash':
      return multi.hset(key, field ?? '', value);
    case 'zset':
      return multi.zadd(key, value, field ?? '');
    case 'set':
      return multi.sadd(key, value);
    case 'list':
      return multi.rpush(key, value);
    case 'string':
      return multi.set(key, value);
    case 'stream':
      throw new Error(`${key} is a stream: only the log can be one`);
  }
}

/** Commands in transactions of bounded size, each of which also renews the time to live of what it touched. */
class Chunks {
  #store: Store;
  #prefix: string;
  #multi: ChainableCommander;
  #touched = new Set<string>();
  #count = 0;
  #chars = 0;

  constructor(store: Store, prefix: string) {
    this.#store = store;
    this.#prefix = prefix;
    this.#multi = store.multi();
  }

  async add(
    part: string,
    chars: number,
    command: (multi: ChainableCommander, key: string) => ChainableCommander,
  ): Promise<void> {
    const key = this.#prefix + part;
    command(this.#multi, key);
    this.#touched.add(key);
    this.#chars += chars;
    if (++this.#count >= chunkCount || this.#chars >= chunkChars) await this.send();
  }

  async send(): Promise<void> {
    if (this.#count === 0) return;
    for (const key of this.#touched) this.#multi.expire(key, stagedTtlSeconds);
    const answers = await this.#multi.exec();
    for (const [error] of answers ?? []) if (error) throw error;
    this.#multi = this.#store.multi();
    this.#touched.clear();
    this.#count = 0;
    this.#chars = 0;
  }
}
