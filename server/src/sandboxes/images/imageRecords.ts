import { Build } from '@deckhand/shared';
import { z } from 'zod';
import type { Store } from '../../sessions/store/store.ts';
import { Environment } from '../environments/environment.ts';

/** A repository made ready: a disk with its work tree, dependencies and services' data, and the root file system under it. */
export const Image = z.object({
  imageId: z.string(),
  repoId: z.string(),
  /** Name of the disk at the driver. */
  disk: z.string(),
  /** Root file system at the driver; the base image where null. */
  root: z.string().nullable(),
  commit: z.string(),
  branch: z.string(),
  /** Of all that it was made from but the commit. */
  fingerprint: z.string(),
  /** Of what its root file system was made from. */
  rootFingerprint: z.string(),
  /** Of what its dependencies were installed from. */
  installFingerprint: z.string(),
  environment: Environment,
  /** What was to be in it and went wrong when it was made; sentences. It is made anew with the next look. */
  lacks: z.array(z.string()).default([]),
  builtAtMs: z.number(),
  durationMs: z.number(),
  bytes: z.number(),
});
export type Image = z.infer<typeof Image>;

const Entry = z.object({
  good: Image.nullable(),
  last: Build.nullable(),
  /** Of the last build, where something went wrong in it: the end of its log. */
  logEnd: z.string().optional(),
});
export type ImageEntry = z.infer<typeof Entry>;

const key = 'dh:images';
const nothing: ImageEntry = { good: null, last: null };

/** What images there are, one in service for each repository. A failed build never takes it out of service. */
export class ImageRecords {
  #store: Store;
  constructor(store: Store) {
    this.#store = store;
  }

  async get(repoId: string): Promise<ImageEntry> {
    return parse(await this.#store.hget(key, repoId));
  }

  async list(): Promise<[repoId: string, entry: ImageEntry][]> {
    const all = await this.#store.hgetall(key);
    return Object.entries(all).map(([repoId, text]) => [repoId, parse(text)]);
  }

  async put(repoId: string, entry: ImageEntry): Promise<void> {
    await this.#store.hset(key, repoId, JSON.stringify(entry));
  }

  /** Somebody deleted its disk or its root file system: out of service until it is built again. */
  async lost(image: Image): Promise<void> {
    const entry = await this.get(image.repoId);
    if (entry.good?.imageId === image.imageId) await this.put(image.repoId, { ...entry, good: null });
  }

  /** Its repository is no longer known. */
  async forget(repoId: string): Promise<void> {
    await this.#store.hdel(key, repoId);
  }
}

/** What an older version wrote and this one cannot read is built again. */
function parse(text: string | null): ImageEntry {
  const parsed = text ? Entry.safeParse(JSON.parse(text)) : null;
  return parsed?.success ? parsed.data : nothing;
}
