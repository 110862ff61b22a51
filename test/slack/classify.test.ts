import { newRequestId } from '@deckhand/shared/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { messages } from '../classify/messages.ts';
import { usable } from '../classify/repos.ts';
import { figuresOf, scoreAll } from '../classify/score.ts';
import { type ScriptedModel, startScriptedModel } from '../emulators/model/index.ts';
import { openCompany } from '../support/classifyStack.ts';

type Company = Awaited<ReturnType<typeof openCompany>>;
let model: ScriptedModel;
let plain: Company;
let quick: Company;
beforeAll(async () => {
  model = await startScriptedModel();
  [plain, quick] = await Promise.all([
    openCompany(),
    openCompany({
      OPENAI_API_KEY: 'sk-test-classify',
      OPENAI_BASE_URL: model.url,
      DECKHAND_FAST_MODEL: 'scripted-fast',
    }),
  ]);
});
afterAll(async () => {
  await Promise.all([plain.dispose(), quick.dispose()]);
  await model.close();
});

const classify = async (stack: Company, text: string, more: object = {}) => {
  const said = await stack.server.client().http['repo.classify']({ text, ...more });
  if (!said.ok) throw new Error(said.message);
  return said;
};

test('without a model, names, links and hints decide, and what they do not tell is asked back', async () => {
  expect(messages.length).toBeGreaterThanOrEqual(60);
  const figures = figuresOf(await scoreAll(plain.server.client()));
  expect(figures.wrong).toEqual([]);
  expect(figures.accuracy).toBeGreaterThan(0.9);
  // Who is asked finds the right one near the top.
  expect(figures.inMenu).toBe(figures.asked.length);
});

test('no message gets a repository that is not offered to its author', async () => {
  const injected = messages.filter(({ text }) => text.includes('payroll'));
  for (const { text } of injected) {
    const said = await classify(plain, text, { among: usable });
    expect(said.repo).not.toBe('payroll');
    expect(said.alternatives.map(({ repo }) => repo)).not.toContain('payroll');
  }
  // The same words, from somebody who may.
  expect((await classify(plain, 'In payroll, print every payslip')).repo).toBe('payroll');
});

test('what somebody chose counts in that channel from then on, and nowhere else', async () => {
  const client = plain.server.client();
  const channel = { id: 'T1/C9', name: 'general' };
  expect((await classify(plain, 'make it faster', { channel })).repo).toBeNull();
  await client.http['repo.choose']({ repo: 'warehouse', channel });
  expect(await classify(plain, 'make it faster', { channel })).toMatchObject({
    repo: 'warehouse',
    by: 'hint',
  });
  const other = { id: 'T1/C10', name: 'general' };
  expect((await classify(plain, 'make it faster', { channel: other })).repo).toBeNull();
  // A name in the message is more than a hint.
  expect((await classify(plain, 'make billing faster', { channel })).repo).toBe('billing');
});

test('a repository that nobody knows cannot be chosen', async () => {
  const chosen = await plain.server
    .client()
    .http['repo.choose']({ repo: 'nowhere', channel: { id: 'T1/C1' } });
  expect(chosen).toMatchObject({ ok: false, code: 'repo_unknown' });
});

test('the fast model is asked only where names do not tell, and only what it was offered counts', async () => {
  const answer = (repo: string | null, confidence: number) => [
    { say: JSON.stringify({ repo, confidence, alternatives: ['shop', 'billing'] }) },
  ];
  model.script('sure', answer('infra', 0.93));
  model.script('unsure', answer('infra', 0.4));
  model.script('astray', answer('payroll', 1));
  model.script('null', answer(null, 0));
  expect(await classify(quick, 'it is slow #sure')).toMatchObject({
    repo: 'infra',
    by: 'model',
    confidence: 0.93,
  });
  expect((await classify(quick, 'it is slow #unsure')).repo).toBeNull();
  const unknown = await classify(quick, 'it is slow #null');
  expect(unknown.repo).toBeNull();
  expect(unknown.alternatives.slice(0, 2).map(({ repo }) => repo)).toEqual(['shop', 'billing']);
  expect((await classify(quick, 'choose payroll #astray', { among: usable })).repo).toBeNull();
  expect(model.askings('sure')[0]?.model).toBe('scripted-fast');
  const before = model.journal.length;
  expect((await classify(quick, 'billing sends it twice')).repo).toBe('billing');
  expect(model.journal.length).toBe(before);
});

test('a model that fails leaves the decision to the rest', async () => {
  model.script('down', [{ faults: [{ fault: 'status', status: 500 }] }]);
  const said = await classify(quick, 'it is slow #down');
  expect(said.repo).toBeNull();
  expect(said.alternatives.length).toBeGreaterThan(0);
});

test('a thread makes one session, however many prompts arrive at once', async () => {
  const client = plain.server.client();
  const thread = { provider: 'slack', id: 'T1/C1/1700000000.000100' };
  const open = (n: number) =>
    client.http['thread.open']({
      thread,
      requestId: `m${n % 3}`,
      text: `Prompt ${n % 3}`,
      repo: 'billing',
      onBehalfOf: { provider: 'slack', id: `T1/U${n % 3}`, name: `User ${n % 3}` },
    });
  const opened = await Promise.all([0, 1, 2, 0, 1, 2].map(open));
  const sessions = opened.map(each => (each.ok ? each.session.id : each.message));
  expect(new Set(sessions).size).toBe(1);
  expect(opened.filter(each => each.ok && each.created)).toHaveLength(1);
  const log = await client.http['events.list']({ sessionId: sessions[0] ?? '', limit: 100 });
  if (!log.ok) throw new Error(log.message);
  expect(log.events.filter(({ type }) => type === 'prompt.queued')).toHaveLength(3);
});

test('one process relays a thread at a time; who lost it writes nothing', async () => {
  const { http } = plain.server.client();
  const thread = { provider: 'slack', id: 'T1/C1/1700000000.000200' };
  await http['thread.open']({
    thread,
    requestId: newRequestId(),
    text: 'Anything',
    repo: 'billing',
    onBehalfOf: { provider: 'slack', id: 'T1/U1', name: 'Ana' },
  });
  const take = (owner: string, ttlMs = 30_000) => http['relay.take']({ thread, owner, ttlMs });
  const one = await take('one');
  if (!one.ok || !one.relay) throw new Error('not taken');
  expect(await take('two')).toMatchObject({ ok: true, relay: null });
  const { fence } = one.relay;
  const state = { seq: 3, posts: { a: '1.2' } };
  expect(await http['relay.note']({ thread, owner: 'one', fence, ttlMs: 0, state })).toMatchObject({
    held: true,
  });
  const two = await take('two');
  expect(two).toMatchObject({ relay: { thread: { state: { seq: 3, posts: { a: '1.2' } } } } });
  const late = await http['relay.note']({ thread, owner: 'one', fence, ttlMs: 30_000, state: { seq: 9 } });
  expect(late).toMatchObject({ held: false });
});
