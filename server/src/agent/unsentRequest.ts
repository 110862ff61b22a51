import { type AskInput, askModel } from './ask.ts';
import type { AgentModel } from './model.ts';
import type { LeavingRequest } from './models/wire/leavingRequest.ts';

const nobodyAsked = () => Response.json({ error: { message: 'nobody was asked' } }, { status: 400 });

/** The request that would leave for this model; nothing leaves. Null where it is no server that is asked. */
export async function unsentRequest(
  agentModel: AgentModel,
  input: Omit<AskInput, 'signal' | 'sees'>,
): Promise<LeavingRequest | null> {
  let leaving: LeavingRequest | null = null;
  const sees = (request: LeavingRequest) => {
    leaving = request;
    return nobodyAsked();
  };
  const { signal } = new AbortController();
  const silent = { onText: () => {}, onReasoning: () => {}, onFirst: () => {} };
  await askModel(agentModel, { ...input, signal, sees }, silent).catch(() => {});
  return leaving;
}
