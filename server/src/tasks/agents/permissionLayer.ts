import { type AgentDefinition, Level } from '@deckhand/shared';
import { type Layer, Policy } from '../../policy/policy.ts';

/**
 * What an agent may do, as the narrowest layer of policy: each scope up to its level. Reading within the session needs
 * no permission; what nothing permits is refused. No layer widens another, so no definition can.
 */
export function permissionLayer({ id, permissions }: Pick<AgentDefinition, 'id' | 'permissions'>): Layer {
  const levels = Level.options;
  const allowed = permissions.map(({ level, scope }) => ({
    scopes: [scope],
    levels: levels.slice(0, levels.indexOf(level) + 1),
    do: 'allow' as const,
  }));
  const policy = Policy.parse({
    rules: [
      { levels: ['L0'], do: 'allow' },
      ...allowed,
      { do: 'refuse', why: `The agent ${id} is not permitted to do this.` },
    ],
  });
  return { name: `the agent ${id}`, policy };
}
