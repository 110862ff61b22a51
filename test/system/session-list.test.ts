import type { CommandInput } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done, gate } from '../emulators/model/index.ts';
import { cliOf } from '../support/cli.ts';
import { redisOf } from '../support/redis.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { watch } from '../support/watch.ts';

let stack: Stack;
beforeAll(async () => {
  // No sandbox is needed here.
  stack = await openStack({ DOCKER_HOST: 'unix:///nowhere/docker.sock' });
});
afterAll(() => stack?.dispose());

const zoe = { provider: 'test', id: 'zoe', name: 'Zoe' };
const list = async (wanted: CommandInput<'session.list'> = {}) => {
  const page = await stack.client.http['session.list'](wanted);
  if (!page.ok) throw new Error(`${page.code}: ${page.message}`);
  return page;
};
const one = async (sessionId: string) => (await list()).sessions.find(({ id }) => id === sessionId);

async function worked(text: string, more: Partial<CommandInput<'session.create'>> = {}) {
  const marker = crypto.randomUUID().slice(0, 8);
  stack.model.script(marker, [done(`Said of ${text}.`)]);
  const session = await stack.ask(`${text} #${marker}`, more);
  await session.finished();
  session.leave();
  return session.sessionId;
}

test('what happens in a session that one wrote in or looked at is unread until one looks; others never are', async () => {
  const mine = await worked('Mine');
  const theirs = await worked('Theirs', { onBehalfOf: zoe });
  expect([await one(mine), await one(theirs)]).toMatchObject([{ unread: true }, { unread: false }]);
  const { last = 0 } = (await one(mine)) ?? {};
  expect(await stack.client.http['session.seen']({ sessionId: mine, seq: last })).toEqual({ ok: true });
  expect(await stack.client.http['session.seen']({ sessionId: theirs })).toEqual({ ok: true });
  expect(await one(mine)).toMatchObject({ unread: false });
  // Not taken back by a device that is behind, and no further than the log goes.
  for (const seq of [1, 1_000_000])
    expect(await stack.client.http['session.seen']({ sessionId: mine, seq })).toEqual({ ok: true });
  await stack.client.http['session.rename']({ sessionId: mine, title: 'Renamed is not news' });
  expect(await one(mine)).toMatchObject({ unread: false });
  stack.model.script('again', [done('More.'), done('More.')]);
  for (const sessionId of [mine, theirs]) {
    const session = watch(stack.client, sessionId);
    await stack.send(sessionId, 'Again #again', { onBehalfOf: zoe });
    await session.finished(2);
    session.leave();
  }
  expect([await one(mine), await one(theirs)]).toMatchObject([{ unread: true }, { unread: true }]);
  expect(await stack.client.http['session.seen']({ sessionId: 'ses_neverthere' })).toMatchObject({
    code: 'not_found',
  });
});

test('a pin is one’s own, stays, and is taken back', async () => {
  const sessionId = await worked('Pin it');
  const pin = (pinned: boolean) => stack.client.http['session.pin']({ sessionId, pinned });
  expect([await pin(true), await pin(true)]).toEqual([{ ok: true }, { ok: true }]);
  const pinned = (await list({ pinned: true })).sessions;
  expect(pinned).toMatchObject([{ id: sessionId, pinned: true }]);
  expect((await list({ pinned: true, onBehalfOf: zoe })).sessions).toEqual([]);
  expect((await list({ pinned: false })).sessions.some(({ id }) => id === sessionId)).toBe(false);
  await pin(false);
  expect((await list({ pinned: true })).sessions).toEqual([]);
});

test('the command line lists and searches, and archives', async () => {
  const deckhand = cliOf(stack.server);
  const sessionId = await worked('Find the okapi in the tax');
  await worked('Another okapi', { onBehalfOf: zoe });
  const found = await deckhand(['sessions', '--search', 'okapi tax', '--mine', '--repo', 'sample']);
  expect([found.code, found.stdout.split('\n').length]).toEqual([0, 3]);
  expect(found.stdout).toMatch(
    new RegExp(`^${sessionId} .*Find the okapi in the tax.*\\n    .*okapi in the tax`),
  );
  const asJson = await deckhand(['sessions', '--search', 'okapi', '--json']);
  expect(
    asJson.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).hit.kind),
  ).toHaveLength(2);
  expect((await deckhand(['sessions', '--search', 'nowhere-to-be-found'])).stdout).toBe('');
  expect(await deckhand(['sessions', '--limit', '0'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Give a number from 1 to 200.'),
  });
  expect((await deckhand(['archive', sessionId])).code).toBe(0);
  expect((await list({ archived: true })).sessions.map(({ id }) => id)).toEqual([sessionId]);
  expect((await list({ archived: false, q: 'okapi' })).sessions).toHaveLength(1);
});

test('sessions that wait for somebody, and that run, are found while they do', async () => {
  const hold = gate();
  stack.model.script('held', [{ say: [hold.wait, '.'] }, done()]);
  stack.model.script('asks', [
    { calls: [{ tool: 'ask', input: { question: 'Which hippogriff?', choices: ['This', 'That'] } }] },
  ]);
  const running = await stack.ask('Run #held');
  const asking = await stack.ask('Ask #asks');
  await asking.finished();
  await running.event('turn.started');
  expect((await list({ state: 'running' })).sessions.map(({ id }) => id)).toEqual([running.sessionId]);
  expect((await list({ waiting: true, mine: true })).sessions.map(({ id }) => id)).toEqual([
    asking.sessionId,
  ]);
  expect((await list({ q: 'hippogriff' })).sessions).toMatchObject([
    { id: asking.sessionId, hit: { kind: 'answer' } },
  ]);
  hold.open();
  await running.finished();
  expect((await list({ state: 'running' })).sessions).toEqual([]);
});

test('after a kill -9 everything that was written is found, also what came while the server was down', async () => {
  const sessionId = await worked('The thylacine before');
  const redis = await redisOf(stack.server);
  await stack.server.crash();
  const key = `dh:{${sessionId}}:`;
  const seq = Number(await redis.hget(`${key}meta`, 'last')) + 1;
  const data = { messageId: 'msg_whiledown01', text: 'The thylacine meanwhile' };
  const event = { sessionId, actor: { kind: 'agent' }, type: 'message.done', data };
  await redis.xadd(`${key}log`, `${seq}-0`, 'at', Date.now(), 'e', JSON.stringify(event));
  await redis.hset(`${key}meta`, 'last', seq);
  redis.disconnect();
  await stack.server.restart();
  for (;;) {
    const { sessions, partial } = await list({ q: 'thylacine meanwhile' });
    if (partial) continue;
    expect(sessions).toMatchObject([{ id: sessionId, hit: { seq } }]);
    break;
  }
  expect((await list()).sessions[0]).toMatchObject({ id: sessionId });
});
