import { newId } from '@deckhand/shared';
import type { AgentModel } from '../agent/model.ts';
import type { Act } from '../identity/acting.ts';
import { may } from '../identity/identity.ts';
import { classify } from '../repos/classifier/classify.ts';
import type { RepoMemory } from '../repos/classifier/memory.ts';
import type { Warmups } from '../sandboxes/lifecycle/warmups.ts';
import type { Handlers } from './handlers.ts';
import type { Visible } from './visible.ts';

export type ClassifyCommandDeps = {
  act: Act;
  visible: Visible;
  memory: RepoMemory;
  /** Null: names, links and hints alone decide. */
  fast: AgentModel | null;
  warmups: Warmups;
};

/** Which repository is meant, and the remembering of what people said it was. */
export function classifyCommands(deps: ClassifyCommandDeps): Pick<Handlers, 'repo.classify' | 'repo.choose'> {
  const { act, visible, memory, fast, warmups } = deps;
  return {
    async 'repo.classify'(who, { text, thread, channel, url, among, warm, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const seen = await visible.repos(acting.whose);
      if (!seen.ok) return seen;
      const names = among && new Set(among.map(name => name.toLowerCase()));
      const candidates = seen.repos.filter(({ id }) => names?.has(id.toLowerCase()) ?? true);
      const { userId } = acting.author;
      const recalled = await memory.recall(who.orgId, { channelId: channel?.id, userId });
      const question = { text, thread, channel, url, ...recalled };
      let begun: { repo: string; warmupId: string } | null = null;
      const begin = (repo: string) => {
        // To classify is to read; whoever may only look on takes no sandbox by it.
        if (!warm || !may(acting.whose, 'write')) return;
        begun = { repo, warmupId: newId('warmup') };
        void warmups.forRepo(repo, { orgId: who.orgId, userId }, begun.warmupId).catch(() => {});
      };
      const classified = await classify(question, candidates, { fast, onLikely: begin });
      const { repo } = classified;
      const ready = begun as { repo: string; warmupId: string } | null;
      return {
        ok: true,
        ...classified,
        ...(ready && ready.repo === repo ? { warmupId: ready.warmupId } : {}),
      };
    },
    async 'repo.choose'(who, { repo, channel, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const seen = await visible.repo(acting.whose, repo);
      if (!seen.ok) return seen;
      if (channel.id) await memory.chosenIn(who.orgId, channel.id, seen.repo.id);
      return { ok: true };
    },
  };
}
