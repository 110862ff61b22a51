import { useState } from 'react';
import { type Client, newRequestId } from '../../client/index.ts';

/** Takes a session over and hands it back; what comes of it is seen in its head. */
export function useControl(client: Client, sessionId: string) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const act = async (done: Promise<{ ok: boolean; message?: string }>) => {
    setBusy(true);
    const answer = await done;
    setBusy(false);
    setProblem(answer.ok ? null : (answer.message ?? null));
    return answer.ok;
  };
  return {
    busy,
    problem,
    take: () => act(client.command('control.take', { sessionId })),
    handBack: (note: string) =>
      act(
        client.command('control.handBack', {
          ...{ sessionId, requestId: newRequestId() },
          ...(note.trim() === '' ? {} : { note }),
        }),
      ),
  };
}
