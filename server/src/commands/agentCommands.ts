import { addressedAgent, failure, type Result } from '@deckhand/shared';
import type { Look } from '../identity/acting.ts';
import type { Identity } from '../identity/identity.ts';
import type { Store } from '../sessions/store/store.ts';
import { mostOwnAgents, removeOwn, saveOwn, sourceOfOwn } from '../tasks/agents/ownAgents.ts';
import { knownAs, parseAgent } from '../tasks/agents/parseAgent.ts';
import type { AgentPlace, AgentRegistry } from '../tasks/agents/registry.ts';
import type { Handlers } from './handlers.ts';
import { reading } from './reading.ts';
import type { Visible } from './visible.ts';

export type AgentCommandDeps = { store: Store; agents: AgentRegistry; visible: Visible; look: Look };

/** The agents that somebody may name, and their own. */
export function agentCommands({
  store,
  agents,
  visible,
  look,
}: AgentCommandDeps): Pick<Handlers, 'agent.list' | 'agent.save' | 'agent.remove'> {
  const ownerOf = ({ orgId, userId }: Identity) => ({ orgId, userId });
  return {
    ...reading<Pick<Handlers, 'agent.list'>>(look, {
      async 'agent.list'(who, { repo }) {
        const seen = repo === undefined ? null : await visible.repo(who, repo);
        if (seen && !seen.ok) return seen;
        const found = await agents.of(store, { ...ownerOf(who), repoId: seen?.repo.id ?? null });
        return { ok: true, ...found };
      },
    }),
    async 'agent.save'(who, { id, text }) {
      const source = sourceOfOwn(id);
      const parsed = parseAgent({ id, source, text }, agents.terms);
      if (!parsed.ok) return parsed;
      if (!(await saveOwn(store, ownerOf(who), { id, text })))
        return failure('too_large', `You have ${mostOwnAgents} agents of your own. Remove one first.`);
      return { ok: true, agent: knownAs(parsed.definition, { layer: 'user', source }) };
    },
    async 'agent.remove'(who, { id }) {
      const gone = await removeOwn(store, ownerOf(who), id);
      return gone ? { ok: true } : failure('not_found', `You have no agent ${id} of your own.`);
    },
  };
}

export type AgentChoice = {
  /** Said beside the text. */
  agent?: string | undefined;
  text: string;
};

/**
 * The agent that a prompt names: beside its text, which must be one that there is; or by beginning with `@name`, which
 * is no name of an agent where there is none.
 */
export async function chosenAgent(
  { store, agents }: { store: Store; agents: AgentRegistry },
  place: AgentPlace,
  { agent, text }: AgentChoice,
): Promise<Result<{ agent?: string }>> {
  const named = agent ?? addressedAgent(text);
  if (named === null) return { ok: true };
  const found = await agents.find(store, place, named);
  if (found.ok) return { ok: true, agent: named };
  return agent === undefined ? { ok: true } : failure('bad_request', found.message);
}
