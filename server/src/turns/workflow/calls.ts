import { createHash } from 'node:crypto';
import type { Call } from '../../agent/tools/tool.ts';

/** What the orchestrator asks for is a call like an agent's: the same part of the same try is the same call. */
export function callOf(workflowId: string, tool: string, ...part: (string | number)[]): Call {
  const digest = createHash('sha256')
    .update([workflowId, ...part].join(' '))
    .digest('hex')
    .slice(0, 24);
  const callId = `cal_${digest}`;
  return { callId, modelCallId: callId, tool, input: {} };
}
