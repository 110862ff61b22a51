import { z } from 'zod';
import { AgentId, AgentMistake, KnownAgent } from './agents.ts';
import { http } from './httpForm.ts';
import { OnBehalfOfRead } from './people.ts';

/** The agents that there are, and a person's own. */
export const agentCommands = {
  /** With `repo`, also those that the repository defines. A person's own are among them. */
  'agent.list': {
    input: z.object({ repo: z.string().optional(), onBehalfOf: OnBehalfOfRead.optional() }),
    output: z.object({ agents: z.array(KnownAgent), mistakes: z.array(AgentMistake) }),
    http: http('GET', '/agents'),
    socket: false,
  },
  /** Keeps a definition of one's own: Markdown with front matter. A mistake is the failure: it names the key. */
  'agent.save': {
    input: z.object({ id: AgentId, text: z.string().min(1).max(64_000) }),
    output: z.object({ agent: KnownAgent }),
    http: http('POST', '/agents/:id'),
    socket: false,
  },
  'agent.remove': {
    input: z.object({ id: AgentId }),
    output: z.looseObject({}),
    http: http('DELETE', '/agents/:id'),
    socket: false,
  },
} as const;
