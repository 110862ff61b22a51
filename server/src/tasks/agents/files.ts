import type { AgentLayer, AgentMistake, KnownAgent } from '@deckhand/shared';
import { type AgentTerms, knownAs, parseAgent } from './parseAgent.ts';

/** A definition's file: `source` as people know it. */
export type AgentFile = { id: string; source: string; text: string };

/** What one place defines: each agent as it was last understood. */
export type Defined = { agents: ReadonlyMap<string, KnownAgent>; mistakes: readonly AgentMistake[] };

export const nothingDefined: Defined = { agents: new Map(), mistakes: [] };

/** Files of one place as they are now. One with a mistake leaves in service what `before` had of it. */
export function definedBy(
  files: readonly AgentFile[],
  { layer, before, terms }: { layer: AgentLayer; before: Defined; terms: AgentTerms },
): Defined {
  const agents = new Map<string, KnownAgent>();
  const mistakes: AgentMistake[] = [];
  for (const file of files) {
    const { id, source } = file;
    const parsed = parseAgent(file, terms);
    const kept = before.agents.get(id);
    if (parsed.ok) agents.set(id, knownAs(parsed.definition, { layer, source }));
    else {
      if (kept) agents.set(id, kept);
      mistakes.push({ layer, source, message: parsed.message, ...(kept ? { inService: kept.id } : {}) });
    }
  }
  return { agents, mistakes };
}
