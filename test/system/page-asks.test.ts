import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { newId, type PageAnswer, type PageAsk, pageGone } from '@deckhand/shared';
import { captureMediaType } from '@deckhand/shared/capture';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { appId } from '../emulators/github/github.ts';
import { done, type Message, type Step } from '../emulators/model/index.ts';
import { type GithubStack, openGithubStack } from '../support/githubStack.ts';
import { person, type SignedIn } from '../support/person.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { modelKey } from '../support/stack.ts';
import { type Watch, watch } from '../support/watch.ts';

let stack: GithubStack;
/** On the same Redis and blobs; it takes turns as well. Nobody's socket is here. */
let other: TestServer;
let ana: SignedIn;
let ben: SignedIn;

/** No sandbox is needed here. */
const settings = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };

beforeAll(async () => {
  stack = await openGithubStack(['shop'], settings);
  const { github, server, model } = stack;
  other = await startServer({
    ...settings,
    REDIS_URL: await server.redisUrl(),
    DECKHAND_BLOBS: join(server.dataDir, 'blobs'),
    DECKHAND_REPOS: join(stack.folder, 'repos.json'),
    OPENAI_API_KEY: modelKey,
    OPENAI_BASE_URL: model.url,
    DECKHAND_MODEL: 'scripted-other',
    GITHUB_APP_ID: appId,
    GITHUB_APP_PRIVATE_KEY: github.privateKey,
    GITHUB_API_URL: github.url,
    GITHUB_URL: github.url,
  });
  await rm(join(other.dataDir, 'blobs'), { recursive: true, force: true });
  await symlink(join(server.dataDir, 'blobs'), join(other.dataDir, 'blobs'));
  for (const login of ['ana', 'ben'])
    github.person(login, { orgs: ['acme'], access: { 'acme/shop': 'write' } });
  ana = await person(server, github, 'ana');
  ben = await person(server, github, 'ben');
  model.script('closer', fromCapture);
});
afterAll(async () => {
  ana?.close();
  ben?.close();
  await other?.dispose();
  await stack?.dispose();
});

/** A model that asks for more of the newest pick that it reads of. */
function fromCapture({ answers, messages }: { answers: number; messages: Message[] }): Step {
  const text = messages.map(message => message.text).join('\n');
  const pickId = /^pick: (\S+)$/m.exec(text)?.[1] ?? '';
  if (answers === 0) return { calls: [{ tool: 'page_expand', input: { pickId, node: 7 } }] };
  return done(`Read: ${messages.at(-1)?.text}`);
}

async function upload(who: SignedIn, pickId: string): Promise<string> {
  const text = `Read from a web page.\npick: ${pickId}\npage: https://shop.example/\n  … 13 more under #7`;
  const uploaded = await who.client.uploadAttachment(
    new File([text], 'list.txt', { type: captureMediaType }),
  );
  if (!uploaded.ok) throw new Error(uploaded.message);
  return uploaded.attachment.attachmentId;
}

/** A session of hers with a pick, and what is asked of her page. */
async function picked(answer: (ask: PageAsk, nth: number) => PageAnswer | null) {
  const pickId = newId('pick');
  const asks: PageAsk[] = [];
  const stop = ana.client.onPageAsk(ask => {
    if (ask.pickId !== pickId) return;
    asks.push(ask);
    const said = answer(ask, asks.length);
    if (said) void ana.client.command('page.answer', { ...ask, answer: said });
  });
  const created = await ana.client.http['session.create']({
    requestId: crypto.randomUUID(),
    repo: 'shop',
    prompt: 'Make it blue #closer',
    attachments: [await upload(ana, pickId)],
    origin: 'extension',
  });
  if (!created.ok) throw new Error(created.message);
  const session = watch(ana.client, created.session.id);
  return { session, pickId, asks, stop };
}

const lastWords = (session: Watch) => session.all('message.done').at(-1)?.data.text;

test('the page of who picked is asked, wherever the turn runs, and the model reads its answer', async () => {
  const ranOn = new Set<string>();
  for (let n = 0; n < 30 && ranOn.size < 2; n++) {
    const { session, asks, stop } = await picked(() => ({ ok: true, text: 'Row nine' }));
    expect((await session.finished()).data.outcome).toBe('done');
    ranOn.add(session.all('turn.started')[0]?.data.model ?? '');
    const [started] = session.all('tool.started');
    expect(asks[0]).toMatchObject({ sessionId: session.sessionId, callId: started?.data.callId, node: 7 });
    expect(session.all('tool.finished')[0]?.data).toMatchObject({ ok: true, output: 'Row nine' });
    expect(lastWords(session)).toBe('Read: Row nine');
    stop();
    session.leave();
  }
  expect(ranOn).toContain('scripted-other');
  expect(stack.model.askings('closer').every(({ tools }) => tools.includes('page_expand'))).toBe(true);
});

test('where no part of a page was sent there is nothing to ask for', async () => {
  stack.model.script('blind', [
    { calls: [{ tool: 'page_expand', input: { pickId: newId('pick'), node: 1 } }] },
    done('Nothing there.'),
  ]);
  const session = await ana.ask('Look #blind', 'shop');
  expect((await session.finished()).data.outcome).toBe('done');
  expect(stack.model.askings('blind')[0]?.tools).not.toContain('page_expand');
  expect(session.all('tool.finished')[0]?.data).toMatchObject({
    ok: false,
    output: 'There is no tool page_expand in this session.',
  });
  session.leave();
});

test('a pick that never came with a prompt is not asked for', async () => {
  const pickId = newId('pick');
  stack.model.script('another', [{ calls: [{ tool: 'page_expand', input: { pickId, node: 1 } }] }, done()]);
  const { session, asks, stop } = await picked(() => ({ ok: true, text: 'Row nine' }));
  await session.finished();
  await ana.send(session.sessionId, 'Look there #another');
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect(session.all('tool.finished')[1]?.data).toMatchObject({
    ok: false,
    output: `No part of a page was sent as ${pickId} in this session.`,
  });
  expect(asks.some(ask => ask.pickId === pickId)).toBe(false);
  stop();
  session.leave();
});

test('nobody else is asked, and nobody else answers, not even with a file that names the pick', async () => {
  const bensAsks: PageAsk[] = [];
  ben.client.onPageAsk(ask => void bensAsks.push(ask));
  const { promise: asked, resolve } = Promise.withResolvers<PageAsk>();
  const { session, pickId, stop } = await picked((ask, nth) => {
    // Whoever has the answer may also wait until they are asked again.
    if (nth === 1) resolve(ask);
    return null;
  });
  const bens = watch(ben.client, session.sessionId);
  const ask = await asked;
  const { sessionId, callId } = ask;
  await bens.event('tool.started');
  const answerAs = (who: SignedIn, text: string) =>
    who.client.command('page.answer', { sessionId, callId, answer: { ok: true, text } });
  expect(await answerAs(ben, 'A lie')).toMatchObject({ ok: false, code: 'not_found' });
  expect(await answerAs(ana, 'The truth')).toMatchObject({ ok: true });
  await session.finished();
  expect(lastWords(session)).toBe('Read: The truth');
  // It was answered: nobody waits any more.
  expect(await answerAs(ana, 'Too late')).toMatchObject({ ok: false, code: 'not_found' });

  const sent = await ben.client.http['prompt.send']({
    sessionId,
    requestId: crypto.randomUUID(),
    text: 'Now mine #closer',
    attachments: [await upload(ben, pickId)],
  });
  expect(sent.ok).toBe(true);
  const again = await session.event('tool.started', 2);
  const mine = { sessionId, callId: again.data.callId };
  const lie: PageAnswer = { ok: true, text: 'A lie' };
  expect(await ben.client.command('page.answer', { ...mine, answer: lie })).toMatchObject({ ok: false });
  const heard = Promise.withResolvers<void>();
  const unhear = ana.client.onPageAsk(({ callId: id }) => id === mine.callId && heard.resolve());
  await heard.promise;
  expect(
    await ana.client.command('page.answer', { ...mine, answer: { ok: true, text: 'Hers' } }),
  ).toMatchObject({ ok: true });
  await session.finished(2);
  expect(lastWords(session)).toBe('Read: Hers');
  expect(bensAsks).toEqual([]);
  unhear();
  stop();
  bens.leave();
  session.leave();
});

test('an answer that is none is refused, and the next one counts', async () => {
  const { promise: asked, resolve } = Promise.withResolvers<PageAsk>();
  const { session, stop } = await picked(ask => {
    resolve(ask);
    return null;
  });
  const { sessionId, callId } = await asked;
  const rubbish: unknown[] = [
    { ok: true },
    { ok: true, text: '' },
    { ok: true, text: 'x'.repeat(16 * 1024 + 1) },
    { ok: false, message: 'x'.repeat(401) },
    { text: 'no word on whether' },
    'text',
    null,
  ];
  for (const answer of rubbish)
    expect(
      await ana.client.command('page.answer', { sessionId, callId, answer: answer as PageAnswer }),
    ).toMatchObject({ ok: false, code: 'bad_request' });
  const answer: PageAnswer = { ok: false, message: 'An administrator says no.' };
  expect(await ana.client.command('page.answer', { sessionId, callId, answer })).toMatchObject({ ok: true });
  await session.finished();
  expect(session.all('tool.finished')[0]?.data).toMatchObject({ ok: false, output: answer.message });
  stop();
  session.leave();
});

test('a stop ends the waiting', async () => {
  const { promise: asked, resolve } = Promise.withResolvers<PageAsk>();
  const { session, stop } = await picked(ask => {
    resolve(ask);
    return null;
  });
  await asked;
  await ana.client.http['turn.stop']({ sessionId: session.sessionId });
  expect((await session.finished()).data.outcome).toBe('stopped');
  const [finished] = session.all('tool.finished');
  expect(finished?.data).toMatchObject({ ok: false, summary: 'Stopped before the page answered' });
  stop();
  session.leave();
});

test('where no sidebar answers, the agent is told, and the turn goes on', async () => {
  const { session, asks, stop } = await picked(() => null);
  expect((await session.finished()).data.outcome).toBe('done');
  expect(session.all('tool.finished')[0]?.data).toMatchObject({ ok: false, output: pageGone });
  expect(lastWords(session)).toContain(pageGone);
  // Asked more than once: a question may be lost.
  expect(asks.length).toBeGreaterThan(1);
  stop();
  session.leave();
});

test('a server that dies while it waits is followed by one that asks again', async () => {
  await other.stop();
  const { promise: asked, resolve } = Promise.withResolvers<PageAsk>();
  let restarted = false;
  const { session, asks, stop } = await picked(ask => {
    resolve(ask);
    return restarted ? { ok: true, text: 'Still here' } : null;
  });
  await asked;
  await stack.server.crash();
  restarted = true;
  await stack.server.restart();
  expect((await session.finished()).data.outcome).toBe('done');
  expect(new Set(asks.map(({ callId }) => callId)).size).toBe(1);
  expect(session.all('tool.started')).toHaveLength(1);
  expect(lastWords(session)).toBe('Read: Still here');
  stop();
  session.leave();
});
