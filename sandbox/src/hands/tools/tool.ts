import type { FailureKind, Finished, Shown } from '../../protocol/outcome.ts';
import { fitText } from '../fit.ts';

/** What a tool that is no process tells; the caller adds what all calls have in common. */
export type ToolAnswer = {
  ok: boolean;
  summary: string;
  output: string;
  failure?: FailureKind;
  exitCode?: number;
  shown?: Shown;
  background?: string;
};

export const refusal = (message: string, failure: FailureKind = 'failed'): ToolAnswer => ({
  ok: false,
  summary: message,
  output: message,
  failure,
});

export function finished(callId: string, answer: ToolAnswer, durationMs: number): Finished {
  const { text, truncated, bytes } = fitText(answer.output);
  return {
    ...answer,
    callId,
    status: 'finished',
    output: text,
    truncated,
    outputBytes: bytes,
    durationMs: Math.round(durationMs * 10) / 10,
  };
}
