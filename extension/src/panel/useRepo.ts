import type { RepoInfo } from '@deckhand/shared';
import type { Client } from '@deckhand/shared/client';
import { useEffect, useState } from 'react';
import { rememberRepo, whichRepo } from './whichRepo.ts';

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
    void whichRepo(client, all, url, '').then(choice => {
      // A guess without a word of the person is none.
      if (!over) setFound({ url, id: choice.repo !== null && choice.why !== 'guess' ? choice.repo : null });
    });
    return () => {
      over = true;
    };
  }, [client, all, url]);
  return {
    all,
    id: found.id,
    choose(id: string) {
      setFound({ url, id });
      if (url && URL.canParse(url)) void rememberRepo(url, id);
    },
    /** With the prompt's own words. */
    async guess(text: string): Promise<string | null> {
      if (!url || !URL.canParse(url)) return null;
      const choice = await whichRepo(client, all, url, text);
      return choice.repo;
    },
  };
}
