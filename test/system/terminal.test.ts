import { newRequestId } from '@deckhand/shared/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate, write } from '../emulators/model/index.ts';
import { docker } from '../support/engine.ts';
import { secondServer } from '../support/secondServer.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { lookAtTerminal } from '../support/terminal.ts';
import type { Watch } from '../support/watch.ts';

const secret = 'run-5e81c0aa97-terminal';

let stack: Stack;
let session: Watch;
beforeAll(async () => {
  stack = await openStack({
    DECKHAND_PAUSE_MS: '8000',
    DECKHAND_IDLE_MS: '8000',
    DECKHAND_IDLE_VIEWED_MS: '8000',
    DECKHAND_LOG_LEVEL: 'debug',
  });
  const set = { repo: 'sample', name: 'API_TOKEN', phase: 'run' as const, value: secret };
  expect((await stack.client.http['secret.set'](set)).ok).toBe(true);
  stack.model.script('begin', [{ calls: [write('begun.txt', 'By the agent\n')] }, done()]);
  session = await stack.ask('Begin #begin');
  expect((await session.finished()).data.outcome).toBe('done');
});
afterAll(() => stack?.dispose());

const its = async () => {
  const listed = await stack.client.http['sandbox.list']({});
  if (!listed.ok) throw new Error(listed.message);
  return listed.sandboxes.filter(({ owner }) => owner === 'session');
};

test('it opens in the session’s work tree; who types is told to the others; a kill -9 of the server changes nothing', async () => {
  const one = lookAtTerminal(stack.client, session.sessionId);
  const two = lookAtTerminal(stack.server.client(), session.sessionId);
  await Promise.all([one.is('open'), two.is('open')]);
  expect(one.openings).toMatchObject([{ mayType: true }]);
  one.type('cat begun.txt; KEPT=over-the-kill\r');
  await two.shows('By the agent');
  await two.until(() => two.got.some(({ kind }) => kind === 'typist'));
  await stack.server.crash();
  await stack.server.restart();
  await one.until(() => one.openings.length === 2);
  await one.shows('By the agent');
  one.type('echo "[$KEPT]"\r');
  await Promise.all([one.shows('[over-the-kill]'), two.shows('[over-the-kill]')]);
  for (const each of [one, two]) each.close();
});

test('two people through two servers type in one terminal; the server of one dies, and the other types on', async () => {
  const second = await secondServer(stack);
  const [one, two] = [stack.client, second.client()].map(each =>
    lookAtTerminal(each, session.sessionId, { columns: 100, rows: 30 }),
  );
  if (!one || !two) throw new Error('two look');
  await Promise.all([one.is('open'), two.is('open')]);
  one.type('SHARED=of-one; echo "one-$((40+2))"\r');
  await Promise.all([one.shows('one-42'), two.shows('one-42')]);
  two.type('echo "two-$((40+3))-$SHARED"\r');
  await Promise.all([one.shows('two-43-of-one'), two.shows('two-43-of-one')]);
  // The size is the newest's, for both.
  two.resize({ columns: 60, rows: 20 });
  const sized = ({ got }: typeof one) =>
    got.some(message => message.kind === 'size' && message.columns === 60);
  await Promise.all([one.until(() => sized(one)), two.until(() => sized(two))]);
  await second.crash();
  one.type('echo "alone-$((40+4))-$SHARED"\r');
  await one.shows('alone-44-of-one');
  for (const each of [one, two]) each.close();
  await second.dispose();
});

test('secrets are hidden however they come, and what is typed is in no log', async () => {
  const look = lookAtTerminal(stack.client, session.sessionId);
  await look.is('open');
  look.type(
    'echo "$API_TOKEN"; echo "$API_TOKEN" | fold -w 1 | while read -r c; do printf %s "$c"; sleep 0.02; done; echo; echo all-$((1+1))\r',
  );
  await look.shows('all-2');
  expect(look.shown()).toContain('[secret API_TOKEN]');
  expect(look.shown()).not.toContain(secret);
  expect(look.shown()).not.toContain(secret.slice(4));
  look.type('echo my-very-own-keystrokes\r');
  await look.shows('my-very-own-keystrokes\r\n');
  look.close();
  const acts = await stack.client.http['audit.list']({ act: 'terminal', sessionId: session.sessionId });
  if (!acts.ok) throw new Error(acts.message);
  expect(new Set(acts.acts.map(({ act }) => act))).toEqual(new Set(['terminal.open']));
  expect(acts.acts[0]?.who?.id).toBeDefined();
  expect(JSON.stringify(acts)).not.toContain('keystrokes');
  expect(stack.server.log()).not.toContain('keystrokes');
});

test('output comes as fast as it is shown: who shows nothing holds up nobody, and gets the newest', async () => {
  const [fast, slow] = [stack.client, stack.server.client()].map(each =>
    lookAtTerminal(each, session.sessionId),
  );
  if (!fast || !slow) throw new Error('two look');
  await Promise.all([fast.is('open'), slow.is('open')]);
  slow.read(false);
  fast.type(`head -c 10000000 /dev/zero | tr '\\0' x | fold -w 79; echo flood-is-$((40+2))-over\r`);
  await fast.shows('flood-is-42-over');
  expect(slow.chars()).toBeLessThan(1_000_000);
  slow.read(true);
  await slow.shows('flood-is-42-over');
  expect(slow.chars()).toBeLessThan(4_000_000);
  for (const each of [fast, slow]) each.close();
});

test('used it stays awake; left alone it sleeps and says so, also while somebody has control; a key wakes it with its files, and they go with the next turn', async () => {
  const look = lookAtTerminal(stack.client, session.sessionId);
  await look.is('open');
  const [before] = await its();
  for (const untilMs = Date.now() + 10_000; Date.now() < untilMs; ) {
    look.type('\r');
    await new Promise(resolve => setTimeout(resolve, 300));
  }
  expect((await its()).map(({ sandboxId }) => sandboxId)).toEqual([before?.sandboxId]);
  const { sessionId } = session;
  expect((await stack.client.http['control.take']({ sessionId })).ok).toBe(true);
  look.type('echo By hand > by-hand.txt; echo kept-$((1+1))\r');
  await look.shows('kept-2');
  await look.is('asleep');
  expect(look.state()?.detail).toContain('press a key to wake it');
  await session.until(view => view.head.state === 'asleep', 'sleep');
  look.type('x');
  await look.is('open');
  await session.until(view => view.head.state === 'idle', 'awake');
  look.type('cat by-hand.txt\r');
  await look.shows('By hand\r\n');
  const [woken] = await its();
  look.close();
  // Who had control has it still, and what they did before it slept is told.
  const requestId = newRequestId();
  const given = await stack.client.http['control.handBack']({ sessionId, requestId });
  expect(given).toMatchObject({ ok: true, changes: { files: 1, commits: 0 } });
  stack.model.script('go-on', [{ calls: [bash('cat by-hand.txt')] }, done()]);
  await stack.send(session.sessionId, 'Go on #go-on');
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect((await its()).map(({ sandboxId }) => sandboxId)).toEqual([woken?.sandboxId]);
  const diff = await stack.client.http['session.diff']({ sessionId: session.sessionId });
  expect(diff.ok && diff.diff).toContain('by-hand.txt');
});

test('while a turn runs it is in the same sandbox; one that is lost says so, and another has the saved work', async () => {
  const hold = gate();
  stack.model.script('busy', [
    { calls: [bash('echo agent > from-agent.txt')] },
    { say: ['Working', hold.wait] },
    done(),
  ]);
  await stack.send(session.sessionId, 'Be busy #busy');
  await session.until(view => view.head.state === 'running', 'running');
  const look = lookAtTerminal(stack.client, session.sessionId);
  await look.is('open');
  look.type('until [ -s from-agent.txt ]; do sleep 0.1; done; cat from-agent.txt\r');
  await look.shows('agent\r\n');
  hold.open();
  expect((await session.finished(3)).data.outcome).toBe('done');
  const [mine] = await its();
  await docker.getContainer(`deckhand-${mine?.sandboxId}`).remove({ force: true });
  await look.is('lost');
  look.type(' ');
  await look.is('open');
  look.type('cat by-hand.txt from-agent.txt\r');
  await look.shows('By hand\r\nagent');
  look.close();
});

test('a session that went back to an earlier turn says so; an archived one has no terminal', async () => {
  const look = lookAtTerminal(stack.client, session.sessionId);
  await look.is('open');
  const turnId = session.all('turn.finished')[0]?.data.turnId ?? '';
  const { sessionId } = session;
  expect((await stack.client.http['session.rewind']({ sessionId, turnId })).ok).toBe(true);
  await look.is('lost');
  expect(look.state()?.detail).toContain('earlier turn');
  look.type(' ');
  await look.is('open');
  look.type('ls\r');
  await look.shows('begun.txt');
  expect(look.shown()).not.toContain('by-hand.txt');
  expect((await stack.client.http['session.archive']({ sessionId })).ok).toBe(true);
  await look.is('failed');
  look.close();
});
