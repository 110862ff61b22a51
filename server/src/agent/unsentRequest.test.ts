import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { wireTimeouts } from '../../test/helpers/askOverWire.ts';
import { fakePorts, never } from '../../test/helpers/fakeLoop.ts';
import {
  chunk,
  doneLine,
  type RawModelServer,
  says,
  startRawModelServer,
  stop,
  stream,
} from '../../test/helpers/rawModelServer.ts';
import { askModel } from './ask.ts';
import { modelStep } from './modelStep.ts';
import { openModel } from './models/models.ts';
import { toolsFor } from './tools/catalog.ts';
import { unsentRequest } from './unsentRequest.ts';
import { closedDoor } from './warmPath.ts';

let server: RawModelServer;
beforeAll(async () => {
  server = await startRawModelServer();
});
afterAll(() => server.close());

const tools = toolsFor({ pulls: true, page: false, children: false, tasks: false, workflows: false });
const input = { instructions: 'Be good', messages: [{ role: 'user' as const, content: 'Do it' }], tools };
const silent = { onText: () => {}, onReasoning: () => {}, onFirst: () => {} };
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const values = {
  OPENAI_API_KEY: 'sk-test',
  ANTHROPIC_API_KEY: 'sk-ant',
  GOOGLE_GENERATIVE_AI_API_KEY: 'g-key',
  AZURE_API_KEY: 'az-key',
  AZURE_RESOURCE_NAME: 'acme',
  AWS_REGION: 'eu-north-1',
  AWS_ACCESS_KEY_ID: 'id',
  AWS_SECRET_ACCESS_KEY: 'secret',
};

test.each([
  ['m', {}],
  ['m', { DECKHAND_MODEL_API: 'chat' as const }],
  ['openai-compatible/m', { OPENAI_COMPATIBLE_BASE_URL: 'http://127.0.0.1:9/v1' }],
  ['anthropic/m', {}],
  ['google/gemini-3-m', { DECKHAND_REASONING_SUMMARIES: true }],
  ['azure/m', {}],
  ['bedrock/m', {}],
])('of %s %j: what would leave is what leaves, and nothing does', async (name, more) => {
  const left: { url: string; body: string }[] = [];
  const fetch: typeof globalThis.fetch = (url, init) => {
    left.push({ url: String(url), body: String(init?.body) });
    return closedDoor(url, init);
  };
  const model = await openModel(name, { values: { ...values, ...more }, timeouts: wireTimeouts, fetch });
  const made = await unsentRequest(model, { ...input, cacheKey: 'ses_1' });
  expect(left).toEqual([]);
  await askModel(model, { ...input, cacheKey: 'ses_1', signal: never }, silent).catch(() => {});
  expect(left).toEqual([made]);
  expect(made?.body).toContain('Be good');
});

test('an answer in pieces notes each of its requests, with how much of the answer it had read', async () => {
  server.reply(stream(chunk({ content: 'One, ' }), stop('length'), doneLine), says('two.'));
  const bodies: string[] = [];
  const fetch: typeof globalThis.fetch = (url, init) => {
    bodies.push(String(init?.body));
    return globalThis.fetch(url, init);
  };
  const { ports } = fakePorts([]);
  const how = { values: { OPENAI_BASE_URL: server.url }, timeouts: wireTimeouts, fetch };
  ports.model.agentModel = await openModel('m', how);
  const answer = await modelStep(ports, { instructions: 'Be good', tools, signal: never });
  expect(answer.text).toBe('One, two.');
  expect(answer.requests).toEqual(
    bodies.map((body, i) => ({ bytes: Buffer.byteLength(body), sha256: sha256(body), after: 2 * i })),
  );
  expect(bodies).toHaveLength(2);
  // Each of them again, from what the context keeps of the answer.
  const context = await ports.context.messages();
  for (const [i, body] of bodies.entries()) {
    const messages = [...context, ...answer.messages.slice(0, answer.requests?.[i]?.after)];
    const again = { instructions: 'Be good', tools, messages: JSON.parse(JSON.stringify(messages)) };
    expect((await unsentRequest(ports.model.agentModel, again))?.body).toBe(body);
  }
});
