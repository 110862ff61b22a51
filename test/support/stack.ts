import type { CommandInput } from '@deckhand/shared';
import { type Client, newRequestId } from '@deckhand/shared/client';
import { type ScriptedModel, startScriptedModel } from '../emulators/model/index.ts';
import { startServer, type TestServer } from './server.ts';
import { type Watch, watch } from './watch.ts';

/** A server and the scripted model that it asks. */
export type Stack = {
  server: TestServer;
  model: ScriptedModel;
  client: Client;
  /** A new session on the sample repository, followed from its first event. */
  ask(prompt: string, more?: Partial<CommandInput<'session.create'>>): Promise<Watch>;
  /** Another prompt in a session. */
  send(
    sessionId: string,
    text: string,
    more?: Partial<CommandInput<'prompt.send'>>,
  ): Promise<{ promptId: string; position: number }>;
  stop(sessionId: string, turnId?: string): ReturnType<Client['http']['turn.stop']>;
  dispose(): Promise<void>;
};

export const modelKey = 'sk-test-5f0c1e7a9b3d-model-key';

/** `folder`: where its data lies; the system's for temporary files where absent. */
export async function openStack(env: Record<string, string> = {}, folder?: string): Promise<Stack> {
  const model = await startScriptedModel();
  const settings = {
    OPENAI_API_KEY: modelKey,
    OPENAI_BASE_URL: model.url,
    DECKHAND_MODEL: 'scripted-1',
    DECKHAND_MODEL_RETRY_MS: '20',
    ...env,
  };
  const server = await startServer(settings, folder);
  const client = server.client();
  return {
    server,
    model,
    client,
    async ask(prompt, more = {}) {
      const created = await client.http['session.create']({
        requestId: newRequestId(),
        repo: 'sample',
        prompt,
        ...more,
      });
      if (!created.ok) throw new Error(`${created.code}: ${created.message}`);
      return watch(client, created.session.id);
    },
    async send(sessionId, text, more = {}) {
      const sent = await client.http['prompt.send']({
        sessionId,
        requestId: newRequestId(),
        text,
        ...more,
      });
      if (!sent.ok) throw new Error(`${sent.code}: ${sent.message}`);
      return sent;
    },
    stop: (sessionId, turnId) =>
      client.http['turn.stop']({ sessionId, ...(turnId === undefined ? {} : { turnId }) }),
    async dispose() {
      await server.dispose();
      await model.close();
    },
  };
}
