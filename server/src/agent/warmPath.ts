import { askModel } from './ask.ts';
import type { AgentModel } from './model.ts';
import { toolsFor } from './tools/catalog.ts';

/** The provider's door, seen from inside: whatever it is sent, nothing leaves this process. */
export const closedDoor: typeof fetch = async () =>
  Response.json({ error: { message: 'nobody was asked' } }, { status: 400 });

/**
 * Goes the way to the model once, with a model whose requests end at `closedDoor`: what the first request of a process
 * loads, compiles and works out (the SDK, the provider, schemas of all tools) is there before somebody waits for it.
 * Never rejects.
 */
export async function warmPath(model: AgentModel): Promise<void> {
  const asked = {
    instructions: 'none',
    messages: [{ role: 'user' as const, content: 'none' }],
    tools: toolsFor({ pulls: true, page: true, children: true, tasks: true, workflows: true }),
    signal: new AbortController().signal,
  };
  await askModel(model, asked, { onText: () => {}, onReasoning: () => {}, onFirst: () => {} }).catch(
    () => {},
  );
}
