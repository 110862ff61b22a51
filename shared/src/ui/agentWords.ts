import { type AgentPermission, everyTool } from '../index.ts';

/** "read, list, search", or that there is no bound. */
export const agentTools = ({ tools }: { tools: readonly string[] }): string =>
  tools.includes(everyTool) ? 'every tool' : tools.join(', ');

/** "push up to L4". */
export const permissionLine = ({ scope, level }: AgentPermission): string =>
  level === 'L0' ? scope : `${scope} up to ${level}`;

/** Beside a prompt or a turn that names an agent. */
export const forAgent = (agent: string): string => `For ${agent}`;
