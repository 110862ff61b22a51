import { once } from 'node:events';
import { Agent, get, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@deckhand/shared/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate, write } from '../emulators/model/index.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { startServer } from '../support/server.ts';
import { openStream, readUntilEnd } from '../support/sse.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { watch } from '../support/watch.ts';
import { wireTo } from '../support/wire.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.dispose());

test('socket, stream, pages and typed client all show the same log', async () => {
  const hold = gate();
  stack.model.script('same', [
    { say: ['Hello ', hold.wait, 'there'], calls: [bash('for i in 1 2 3; do echo $i; sleep 0.05; done')] },
    { calls: [write('a.txt', 'a')] },
    done(),
  ]);
  const session = await stack.ask('Go #same');
  const { sessionId } = session;
  const early = openStream(stack.server, sessionId).then(stream => readUntilEnd(stream));
  const tail = watch(stack.server.client(), sessionId, { after: 2 });
  await session.until(view => view.drafts.length > 0, 'words');
  hold.open();
  const streamed = await early;
  await Promise.all([session.finished(), tail.finished()]);
  await session.until(view => view.head.state === 'idle', 'idle');
  const log = await readLog(stack.client, sessionId);
  checkLog(log);
  expect(streamed).toEqual(log.slice(0, streamed.length));
  expect(session.events).toEqual(log);
  expect(tail.events).toEqual(log.slice(2, 2 + tail.events.length));
  const view = await stack.client.http['session.view']({ sessionId });
  expect(view).toMatchObject({ ok: true, last: log.length, drafts: [], head: session.view().head });
});

test('a stream that reconnects with Last-Event-ID goes on behind it', async () => {
  stack.model.script('resume', [{ calls: [bash('true')] }, done()]);
  const session = await stack.ask('Go #resume');
  const before = await readUntilEnd(await openStream(stack.server, session.sessionId));
  const last = before.at(-3)?.seq ?? 0;
  const again = await openStream(stack.server, session.sessionId, { 'last-event-id': String(last) });
  const rest = await readUntilEnd(again);
  expect(rest.map(event => event.seq)).toEqual([last + 1, last + 2]);
});

test('a client that was offline catches up without gap or duplicate and sees the words so far', async () => {
  const wire = await wireTo(stack.server.url);
  const away = createClient({ url: wire.url, token: stack.server.token });
  const hold = gate();
  stack.model.script('offline', [
    { say: 'First.', calls: [bash('echo 1')] },
    { say: ['While you were ', 'away ', hold.wait, 'it went on.'], calls: [bash('echo 2')] },
    done('The end.'),
  ]);
  const session = await stack.ask('Go #offline');
  const viewer = watch(away, session.sessionId);
  await viewer.event('turn.started');
  wire.cut();
  await session.until(view => view.drafts.some(draft => draft.text.includes('away')), 'words while away');
  wire.mend();
  await viewer.until(view => view.drafts.some(draft => draft.text === 'While you were away '), 'the draft');
  wire.cut();
  hold.open();
  await session.finished();
  wire.mend();
  await viewer.until(view => view.head.lastOutcome === 'done', 'the end');
  await session.until(view => view.head.state === 'idle', 'idle');
  await viewer.until(view => view.last === session.view().last, 'everything');
  expect(viewer.events).toEqual(session.events);
  expect(viewer.view().items).toEqual(session.view().items);
  expect(viewer.view().head).toEqual(session.view().head);
  away.close();
  await wire.close();
});

test('two people on one session see each other, and who types', async () => {
  const session = await stack.ask('Hello');
  const seen: string[] = [];
  const other = stack.server.client();
  const both = Promise.withResolvers<void>();
  const typing = Promise.withResolvers<void>();
  const follow = other.follow(session.sessionId, {
    onPresence: people => {
      seen.push(JSON.stringify(people));
      both.resolve();
      if (people.some(person => person.typing)) typing.resolve();
    },
  });
  await both.promise;
  expect(await stack.client.command('typing', { sessionId: session.sessionId })).toEqual({ ok: true });
  await typing.promise;
  follow.leave();
});

test('commands and events come in at both doors alike', async () => {
  stack.model.script('doors', [done()]);
  const created = await stack.client.command('session.create', {
    requestId: 'socket-create-1',
    repo: 'sample',
    prompt: 'Go #doors',
    origin: 'web',
  });
  if (!created.ok) throw new Error(created.message);
  const again = await stack.client.http['session.create']({
    requestId: 'socket-create-1',
    repo: 'sample',
    prompt: 'Go #doors',
    origin: 'web',
  });
  expect(again).toMatchObject({ ok: true, session: { id: created.session.id }, promptId: created.promptId });
  const listed = await stack.client.http['session.list']({});
  expect(listed.ok && listed.sessions.map(session => session.id)).toContain(created.session.id);
});

test('a server stops although a page that it was answering goes on asking', async () => {
  const server = await startServer();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { authorization: `Bearer ${server.token}` };
  const first = request(`${server.url}/api/links`, { method: 'POST', agent, headers });
  first.write('{');
  await once(first, 'socket');
  await fetch(`${server.url}/healthz`);
  const stopped = server.stop();
  // Whoever comes anew finds the door shut; who was inside is answered.
  while (await fetch(`${server.url}/healthz`).catch(() => null)) await sleep(20);
  first.end('}');
  const [answer] = await once(first, 'response');
  expect(answer.statusCode).toBe(201);
  const asking = async () => {
    for (let to = answer; ; [to] = await once(get(`${server.url}/healthz`, { agent }), 'response')) {
      to.resume();
      await once(to, 'end');
      await sleep(100);
    }
  };
  await expect(asking()).rejects.toThrow();
  expect(await stopped).toBe(0);
  await server.dispose();
});
