import type { Store } from '../../sessions/store/store.ts';

const hintKey = (orgId: string, channelId: string) => `dh:repo-hint:${orgId}:${channelId}`;
const recentKey = (userId: string) => `dh:repo-recent:${userId}`;
const kept = 5;
const keptSeconds = 90 * 24 * 3600;

/** What was chosen before: by channel where somebody said it, by person where they began sessions. Newest first. */
export class RepoMemory {
  #store: Store;
  constructor(store: Store) {
    this.#store = store;
  }

  chosenIn(orgId: string, channelId: string, repoId: string): Promise<void> {
    return this.#push(hintKey(orgId, channelId), repoId);
  }

  chosenBy(userId: string, repoId: string): Promise<void> {
    return this.#push(recentKey(userId), repoId);
  }

  async recall(
    orgId: string,
    { channelId, userId }: { channelId: string | undefined; userId: string },
  ): Promise<{ hints: string[]; recent: string[] }> {
    const [hints, recent] = await Promise.all([
      channelId === undefined ? [] : this.#store.lrange(hintKey(orgId, channelId), 0, -1),
      this.#store.lrange(recentKey(userId), 0, -1),
    ]);
    return { hints, recent };
  }

  async #push(key: string, repoId: string): Promise<void> {
    const write = this.#store
      .multi()
      .lrem(key, 0, repoId)
      .lpush(key, repoId)
      .ltrim(key, 0, kept - 1);
    await write.expire(key, keptSeconds).exec();
  }
}
