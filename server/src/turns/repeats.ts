import { createHash } from 'node:crypto';
import { toolOf } from '../agent/tools/catalog.ts';
import type { Call, CallResult } from '../agent/tools/tool.ts';
import type { Run } from '../sessions/store/meta.ts';
import type { End } from './ends.ts';

/** The agent is told; then the turn ends. */
const toldAt = 3;
const mostTimes = 5;
const mostKept = 30;

/**
 * Counts steps whose call came to the very same result since something else was tried: whoever asks the same again and
 * again gets no further. Several such calls of one step count once, as nothing came of the first by then. Answers what
 * the agent is to be told, where it is time for that.
 */
export function countRepeat(run: Run, call: Call, result: Pick<CallResult, 'ok' | 'output'>): string | null {
  const key = keyOf(call, result);
  const before = run.repeats ?? {};
  const known = before[key];
  if (known?.step === run.steps) return null;
  const times = (known?.times ?? 0) + 1;
  // What may have changed something makes the same question a new one.
  const isNew = times === 1 && !toolOf(call.tool)?.readOnly;
  const { [key]: _, ...others } = isNew ? {} : before;
  const kept = Object.entries(others).slice(-mostKept);
  run.repeats = { ...Object.fromEntries(kept), [key]: { times, step: run.steps } };
  if (times !== toldAt) return null;
  return `This call of ${call.tool} has come to the same result ${times} times, with nothing changed in between. Do something else: look for the cause elsewhere, or ask. After ${mostTimes} times the turn ends.`;
}

/** A turn that goes in circles; null where it does not. */
export function goesInCircles({ repeats = {} }: Run): End | null {
  if (!Object.values(repeats).some(({ times }) => times >= mostTimes)) return null;
  const message = `The agent made the same call ${mostTimes} times with the same result and got no further. Prompt again with a hint.`;
  return { outcome: 'failed', error: { code: 'model_unavailable', message } };
}

const keyOf = ({ tool, input }: Call, { ok, output }: Pick<CallResult, 'ok' | 'output'>) =>
  createHash('sha256')
    .update(JSON.stringify([tool, input, ok, output]))
    .digest('base64url')
    .slice(0, 16);
