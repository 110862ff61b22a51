import type { ModelMessage } from 'ai';
import { type Asked, askModel } from '../../src/agent/ask.ts';
import { openModel } from '../../src/agent/models/models.ts';
import { toolsFor } from '../../src/agent/tools/catalog.ts';

/** Short, so that a test may wait for them. */
export const wireTimeouts = { firstChunkMs: 2_000, chunkMs: 400, reasoningMs: 2_000 };

const tools = toolsFor({ pulls: false, page: false, children: false, tasks: false, workflows: false });

export type Over = { messages?: ModelMessage[]; api?: 'responses' | 'chat' };

/** Asks a model, named as somebody would configure it, of whichever provider at this address. */
export async function askOverWire(
  url: string,
  name = 'm',
  { messages = [{ role: 'user', content: 'Do it' }], api }: Over = {},
): Promise<Asked> {
  const values = {
    OPENAI_BASE_URL: url,
    OPENAI_API_KEY: 'sk-test',
    ANTHROPIC_API_KEY: 'sk-ant',
    ANTHROPIC_BASE_URL: url,
    GOOGLE_GENERATIVE_AI_API_KEY: 'g-key',
    GOOGLE_GENERATIVE_AI_BASE_URL: url,
    AZURE_API_KEY: 'az-key',
    AZURE_BASE_URL: url,
    AWS_REGION: 'eu-central-1',
    DECKHAND_MODEL_API: api,
  };
  const model = await openModel(name, { values, timeouts: wireTimeouts });
  const { signal } = new AbortController();
  return askModel(
    model,
    { instructions: 'Be good', messages, tools, signal },
    { onText() {}, onReasoning() {}, onFirst() {} },
  );
}
