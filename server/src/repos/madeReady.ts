import type { Logger } from 'pino';
import type { Store } from '../sessions/store/store.ts';
import type { RepoCatalog } from './catalog.ts';
import type { Repos } from './repos.ts';

const usedKey = 'dh:repos:used';

export type MadeReady = {
  /** The catalog changed. */
  look(): void;
  /** A session began on this repository. */
  used(repoId: string): Promise<void>;
  close(): void;
};

/**
 * Which repositories are cloned, built and kept warm before anybody asks: those that repos.json names, and of the
 * others that an App is installed on, those that somebody used. An organisation may have thousands.
 */
export function startMadeReady(deps: {
  catalog: RepoCatalog;
  repos: Repos;
  store: Store;
  /** Each of these has its schedule of image builds, and no other. */
  schedule: (repoIds: string[]) => Promise<void>;
  log: Logger;
}): MadeReady {
  const { catalog, repos, store, schedule, log } = deps;
  const closing = new AbortController();
  const make = async () => {
    const used = new Set(await store.smembers(usedKey));
    const ids = catalog.list().flatMap(({ id }) => (catalog.isNamed(id) || used.has(id) ? [id] : []));
    await schedule(ids);
    await repos.warm(ids, (repo, message) => log.warn({ repo }, message), closing.signal);
  };
  const look = () =>
    void make().catch(error => log.warn({ err: error }, 'repositories could not be made ready'));
  return {
    look,
    async used(repoId) {
      if (catalog.isNamed(repoId)) return;
      if ((await store.sadd(usedKey, repoId)) === 1) look();
    },
    close: () => closing.abort(),
  };
}
