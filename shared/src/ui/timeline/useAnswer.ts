import { useState } from 'react';
import type { CommandInput } from '../../index.ts';
import { useTurnActions } from './turnActions.ts';

type Answer = Omit<CommandInput<'approval.answer'>, 'sessionId' | 'approvalId' | 'onBehalfOf'>;

/** Answers one approval, and says what came of it. */
export function useAnswer(approvalId: string) {
  const actions = useTurnActions();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  return {
    busy,
    problem,
    /** Nobody may where they only look on, or nothing runs here any more. */
    mayAnswer: actions !== null && !actions.archived,
    async answer(given: Answer): Promise<void> {
      if (!actions) return;
      const { client, sessionId } = actions;
      setBusy(true);
      const done = await client.command('approval.answer', { sessionId, approvalId, ...given });
      setBusy(false);
      setProblem(done.ok ? null : done.message);
    },
  };
}
