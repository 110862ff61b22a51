import { limits, type PlanMode } from '@deckhand/shared';
import type { ModelMessage } from 'ai';
import { fill, promptText } from './texts.ts';
import type { Tool } from './tools/tool.ts';

/** What a turn is for; `work` where absent. */
export type Mode = PlanMode | undefined;

/** Told behind the prompts of a turn that is to make a plan and nothing else. */
export const planNote = (mode: PlanMode): ModelMessage => {
  const words = promptText(mode === 'large' ? './prompts/largeMode.md' : './prompts/planMode.md');
  const filled = fill(words, { chars: String(limits.planChars), nodes: String(limits.workflowNodes) });
  return { role: 'user', content: `[Deckhand] ${filled.trim()}` };
};

/** Policy never depends on the model obeying: asked for at the door of every call, whatever was offered. */
export const mayRun = (tool: Tool, mode: Mode): boolean => mode === undefined || tool.planning;

export const refusedInPlanMode = (tool: string) =>
  `Refused: ${tool} is not allowed while a plan is made. Only reading is; what you would do belongs into the plan.`;
