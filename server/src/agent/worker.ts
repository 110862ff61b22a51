import { type AgentDefinition, everyTool } from '@deckhand/shared';

/** An agent, as far as its tools go. */
export type Worker = Pick<AgentDefinition, 'id' | 'tools' | 'memoryScope'>;

/** What looks up the past: not for an agent whose memory reaches nothing. */
const memoryTools: ReadonlySet<string> = new Set(['read_result', 'search_history']);

/** Whether an agent has a tool; whatever was offered, it is asked at the door of every call. */
export const hasTool = ({ tools, memoryScope }: Omit<Worker, 'id'>, tool: string): boolean =>
  (tools.includes(everyTool) || tools.includes(tool)) && !(memoryScope === 'none' && memoryTools.has(tool));
