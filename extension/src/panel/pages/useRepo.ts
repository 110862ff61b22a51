import type { RepoInfo } from '@deckhand/shared';
import type { Client } from '@deckhand/shared/client';
import { useEffect, useState } from 'react';
import { askPerson, type Chosen, guessRepo, knownRepo, rememberRepo } from './whichRepo.ts';

/** The repository of the page beside the panel; null until somebody says it. */
export function useRepo(client: Client, url: string | null) {
  const [all, setAll] = useState<readonly RepoInfo[]>([]);
  const [found, setFound] = useState<{ url: string | null; id: string | null }>({ url: null, id: null });
  useEffect(() => {
    let over = false;
    const ask = async () => {
      const answer = await client.http['repo.list']({});
      if (over) return;
      if (answer.ok) setAll(answer.repos);
      else if (answer.retryable) setTimeout(() => void ask(), 3000);
    };
    void ask();
    return () => {
      over = true;
    };
  }, [client]);
  useEffect(() => {
    let over = false;
    const [only, ...others] = all;
    if (all.length === 0) return;
    if (!url || !URL.canParse(url))
      return setFound({ url, id: only && others.length === 0 ? only.id : null });
    void knownRepo(all, url).then(id => {
      if (!over) setFound({ url, id });
    });
    return () => {
      over = true;
    };
  }, [all, url]);
  return {
    all,
    id: found.id,
    choose(id: string) {
      setFound({ url, id });
      if (url && URL.canParse(url)) void rememberRepo(url, id);
    },
    /** The one that is known, else guessed with the prompt's own words. */
    async find(text: string): Promise<Chosen> {
      if (found.id) return { ok: true, repo: found.id };
      return url && URL.canParse(url) ? guessRepo(client, url, text) : askPerson;
    },
  };
}
