import { z } from 'zod';
import { Level, Scope } from './permissions.ts';

/** What people call an agent by: `@reviewer`. */
export const AgentId = z
  .string()
  .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, 'lower-case letters, digits and hyphens, beginning with a letter')
  .max(40);
export type AgentId = z.infer<typeof AgentId>;

/** What one may do: a scope, up to a level. */
export const AgentPermission = z.strictObject({
  level: Level,
  scope: Scope,
  description: z.string().min(1).max(300).optional(),
});
export type AgentPermission = z.infer<typeof AgentPermission>;

/** What of the past it may look up: nothing, its session, or more where that is kept. */
export const MemoryScope = z.enum(['none', 'session', 'project', 'global']);
export type MemoryScope = z.infer<typeof MemoryScope>;

/** In place of a model's name: the one that the prompt, the session or the server says. */
export const defaultModel = 'default';

/** In place of tools' names: every tool there is. */
export const everyTool = '*';

/** An agent: a role with its instructions, its tools and what it may do. It holds no state. */
export const AgentDefinition = z.strictObject({
  id: AgentId,
  name: z.string().trim().min(1).max(80),
  /** One sentence: what it is for, for people and for agents that delegate. */
  role: z.string().trim().min(1).max(300),
  model: z.string().trim().min(1).max(200).default(defaultModel),
  instructions: z.string().trim().min(1).max(16_000),
  tools: z.array(z.string().min(1).max(100)).min(1).max(100),
  permissions: z.array(AgentPermission).max(50),
  memoryScope: MemoryScope.default('session'),
});
export type AgentDefinition = z.infer<typeof AgentDefinition>;

/** Where a definition stands; a later layer takes the place of the same id in an earlier one. */
export const AgentLayer = z.enum(['built-in', 'organisation', 'repository', 'user']);
export type AgentLayer = z.infer<typeof AgentLayer>;

/** A definition as it was read: `version` is the hash of all of it. */
export const KnownAgent = AgentDefinition.extend({
  layer: AgentLayer,
  /** The file it was read from, as people know it. */
  source: z.string(),
  version: z.string().regex(/^[0-9a-f]{12}$/),
});
export type KnownAgent = z.infer<typeof KnownAgent>;

/** A file that was not taken: what was known of it before stays in service. */
export const AgentMistake = z.object({
  layer: AgentLayer,
  source: z.string(),
  /** Names file and key. */
  message: z.string(),
  /** The agent that stays in service as it was, if one does. */
  inService: AgentId.optional(),
});
export type AgentMistake = z.infer<typeof AgentMistake>;

/** Which agent, as of which definition. */
export const AgentRef = z.object({ id: AgentId, name: z.string(), version: z.string() });
export type AgentRef = z.infer<typeof AgentRef>;

/** The agent that a text is addressed to: `@reviewer look at this`. Null where it begins otherwise. */
export function addressedAgent(text: string): string | null {
  const found = /^\s*@([a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?=[\s:,]|$)/.exec(text);
  return found?.[1] ?? null;
}

export const agentRef = ({ id, name, version }: AgentRef): AgentRef => ({ id, name, version });
