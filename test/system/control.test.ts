import { newRequestId } from '@deckhand/shared/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate, read, write } from '../emulators/model/index.ts';
import { sampleGit } from '../support/git.ts';
import { containerOf, inside, process } from '../support/sandbox.ts';
import { secondServer } from '../support/secondServer.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { delegate } from '../support/tasks.ts';
import { lookAtTerminal } from '../support/terminal.ts';
import type { Watch } from '../support/watch.ts';

const secret = 'run-77b0e2c4d1-control';
/** Looks like a key of GitHub's, and is none. */
const typedKey = `ghp_${'a1B2c3D4e5'.repeat(4).slice(0, 36)}`;
const ben = { provider: 'test', id: 'ben', name: 'Ben' };

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
  const set = { repo: 'sample', name: 'API_TOKEN', phase: 'run' as const, value: secret };
  expect((await stack.client.http['secret.set'](set)).ok).toBe(true);
});
afterAll(() => stack?.dispose());

const take = ({ sessionId }: Watch, onBehalfOf?: typeof ben) =>
  stack.client.http['control.take']({ sessionId, ...(onBehalfOf ? { onBehalfOf } : {}) });
const handBack = ({ sessionId }: Watch, more: { note?: string; onBehalfOf?: typeof ben } = {}) =>
  stack.client.http['control.handBack']({ sessionId, requestId: newRequestId(), ...more });
const paused = (session: Watch) =>
  session.until(({ head }) => head.state === 'waiting' && head.control !== null, 'a pause');
const waitForFile = (path: string) =>
  bash(`until [ -e ${path} ]; do sleep 0.1; done; echo agent > shared.txt`);
/** What the model read at its nth asking, newest last. */
const readAt = async (marker: string, nth: number) =>
  (await stack.model.asked(marker, nth)).messages.map(({ text }) => text);
/** A shell that has done all of this. */
async function typeIn(session: Watch, ...lines: string[]): Promise<void> {
  const look = lookAtTerminal(stack.client, session.sessionId);
  await look.is('open');
  for (const line of lines) look.type(`${line}\r`);
  look.type('echo typed-$((40+2))\r');
  await look.shows('typed-42\r\n');
  look.close();
}

test('in mid turn the agent pauses at its next step, is told what people did and goes on; no secret reaches it; who had it is named', async () => {
  stack.model.script('half', [
    { calls: [waitForFile('/tmp/go')] },
    { calls: [write('more.txt', 'By the agent\n')] },
    done('Went on.'),
  ]);
  const session = await stack.ask('Work by halves #half');
  await process(session.sessionId, 'sleep 0.1', 'runs');
  expect(await take(session)).toMatchObject({ ok: true });
  const [first] = await Promise.all([session.event('control.taken')]);
  expect(session.view().head).toMatchObject({ state: 'running', control: { by: first.data.by } });
  expect(await take(session, ben)).toMatchObject({ ok: true, from: first.data.by });
  await inside(session.sessionId, 'touch /tmp/go');
  await paused(session);
  await typeIn(
    session,
    'echo by hand >> shared.txt',
    'echo new > by-hand.txt; git add by-hand.txt; git commit -qm "By hand"',
    `echo ${secret} > /dev/null`,
    'true -H "Authorization: Bearer abcdef0123456789" -u me:hunter2',
    `export KEY=${typedKey} DB_PASSWORD=hunter3`,
  );
  expect(stack.model.askings('half')).toHaveLength(1);
  // Whoever has not got it cannot hand it back.
  expect(await handBack(session)).toMatchObject({
    ok: false,
    message: 'Ben has control. Take over first, then hand back.',
  });
  const given = await handBack(session, { onBehalfOf: ben, note: 'Keep my line.' });
  expect(given).toMatchObject({ ok: true, changes: { files: 2, commits: 1 } });
  expect((await session.finished()).data.outcome).toBe('done');
  const told = (await readAt('half', 2)).join('\n');
  for (const part of [
    `${first.data.by.name}, then Ben took control`,
    'shared.txt (+',
    'by-hand.txt (+1 -0)',
    ' By hand (',
    '$ echo by hand >> shared.txt',
    'Ben says: Keep my line.',
  ])
    expect(told).toContain(part);
  for (const hidden of [secret, typedKey, 'abcdef0123456789', 'hunter2', 'hunter3'])
    expect(told).not.toContain(hidden);
  expect(session.all('control.given')).toMatchObject([
    {
      actor: { name: 'Ben' },
      data: { of: { name: 'Ben' }, note: 'Keep my line.', changes: { files: 2, commits: 1 } },
    },
  ]);
  const acts = JSON.stringify(await stack.client.http['audit.list']({ sessionId: session.sessionId }));
  expect(acts).toContain('control.handBack');
  for (const text of ['by hand', 'Keep my line', secret]) expect(acts).not.toContain(text);
  const { branch = '' } = session.view().head.changes[0] ?? {};
  const message = await sampleGit(stack.server.dataDir, 'log', '-1', '--format=%B', branch);
  expect(message).toMatch(/^Co-authored-by: Ben </m);
  session.leave();
});

test('a kill -9 of the server loses neither who has control nor the step that ran; prompts wait, now and after alike', async () => {
  stack.model.script('killed', [{ calls: [waitForFile('/tmp/go')] }, done('Went on.')]);
  const session = await stack.ask('Go on #killed');
  await process(session.sessionId, 'sleep 0.1', 'runs');
  expect(await take(session)).toMatchObject({ ok: true });
  await stack.server.crash();
  await stack.server.restart();
  await inside(session.sessionId, 'touch /tmp/go');
  await paused(session);
  expect(session.all('tool.finished').map(({ data }) => data.ok)).toEqual([true]);
  await stack.server.crash();
  await stack.server.restart();
  await stack.send(session.sessionId, 'Now', { when: 'now' });
  const after = await stack.send(session.sessionId, 'Later #later');
  await session.until(({ head }) => head.queue.length === 2, 'both in line');
  expect(session.view().head).toMatchObject({
    state: 'waiting',
    control: { by: { name: expect.any(String) } },
  });
  expect(stack.model.askings('killed')).toHaveLength(1);
  stack.model.script('later', [done('Later.')]);
  expect(await handBack(session)).toMatchObject({ ok: true, changes: { files: 1, commits: 0 } });
  await session.finished(2);
  expect(session.all('turn.steered')).toHaveLength(1);
  expect(session.all('turn.started')[1]?.data.promptIds).toEqual([after.promptId]);
  expect((await readAt('killed', 2)).join('\n')).toMatch(/took control[\s\S]*Now/);
  session.leave();
});

test('a stop ends the paused turn and not the control; what changed stands before the next prompt; a note with no turn begins one', async () => {
  stack.model.script('stopped', [{ calls: [waitForFile('/tmp/go')] }, done('Never said.')]);
  const session = await stack.ask('Work #stopped');
  await process(session.sessionId, 'sleep 0.1', 'runs');
  await take(session);
  await inside(session.sessionId, 'touch /tmp/go');
  await paused(session);
  expect(await stack.stop(session.sessionId)).toMatchObject({ ok: true });
  expect((await session.finished()).data.outcome).toBe('stopped');
  expect(session.view().head.control).not.toBeNull();
  for (const name of ['session.rewind', 'session.archive'] as const) {
    const turnId = session.all('turn.finished')[0]?.data.turnId ?? '';
    expect(await stack.client.http[name]({ sessionId: session.sessionId, turnId })).toMatchObject({
      ok: false,
    });
  }
  await stack.send(session.sessionId, 'Next #next');
  await typeIn(session, 'echo x > mine.txt');
  stack.model.script('next', [done('Saw it.')]);
  expect(stack.model.askings('next')).toHaveLength(0);
  expect(await handBack(session)).toMatchObject({ ok: true });
  expect((await session.finished(2)).data.outcome).toBe('done');
  const told = await readAt('next', 1);
  expect(told.at(-1)).toContain('Next #next');
  expect(told.at(-2)).toContain('mine.txt (+1 -0)');

  stack.model.script('note', [done('Did what the note said.')]);
  await take(session);
  const noted = await handBack(session, { note: 'Now do this #note' });
  expect(noted).toMatchObject({ ok: true, promptId: expect.any(String), changes: { files: 0 } });
  expect((await session.finished(3)).data.outcome).toBe('done');
  expect((await readAt('note', 1)).at(-1)).toContain('Now do this #note');
  session.leave();
});

test('work does not leave while somebody is in the middle of it: a last word waits, and the agent speaks again of what changed', async () => {
  const hold = gate();
  stack.model.script('last', [
    { calls: [write('made.txt', 'By the agent\n')] },
    { say: ['Almost', hold.wait, ' done.'] },
    done('Now it is.'),
  ]);
  const session = await stack.ask('Finish #last');
  await session.until(({ drafts }) => drafts.some(({ text }) => text === 'Almost'), 'words');
  await take(session);
  hold.open();
  await paused(session);
  expect(session.all('change.opened')).toEqual([]);
  await typeIn(session, 'echo mine > made.txt');
  expect(await handBack(session)).toMatchObject({ ok: true, changes: { files: 1 } });
  expect((await session.finished()).data.outcome).toBe('done');
  expect(session.all('message.done').map(({ data }) => data.text)).toEqual(['Almost done.', 'Now it is.']);
  session.leave();
});

test('tasks make way with the turn that gave them, and go on where they stood', async () => {
  const hold = gate();
  stack.model.script('giver', [
    { calls: [delegate('explorer', 'Look around #inner')] },
    done('Both looked.'),
  ]);
  stack.model.script('inner', [{ say: hold.wait, calls: [read('README.md')] }, done('Seen.')]);
  const session = await stack.ask('Give it away #giver');
  await stack.model.asked('inner');
  await take(session);
  hold.open();
  await paused(session);
  expect(stack.model.askings('inner')).toHaveLength(1);
  expect(await handBack(session)).toMatchObject({ ok: true });
  expect((await session.finished()).data.outcome).toBe('done');
  expect(session.all('task.finished').map(({ data }) => data.status)).toEqual(['done']);
  expect(stack.model.askings('inner')).toHaveLength(2);
  session.leave();
});

test('a sandbox that is lost takes the changes with it and not the control; the agent is told to look', async () => {
  stack.model.script('lost', [{ calls: [waitForFile('/tmp/go')] }, done('Looked.')]);
  const session = await stack.ask('Work #lost');
  await process(session.sessionId, 'sleep 0.1', 'runs');
  await take(session);
  await inside(session.sessionId, 'touch /tmp/go');
  await paused(session);
  await (await containerOf(session.sessionId)).remove({ force: true });
  const look = lookAtTerminal(stack.client, session.sessionId);
  await look.opensAnew();
  look.close();
  expect(session.view().head.control).not.toBeNull();
  expect(await handBack(session)).toMatchObject({ ok: true, changes: null });
  expect((await session.finished()).data.outcome).toBe('done');
  expect((await readAt('lost', 2)).join('\n')).toContain('What changed meanwhile is not known');
  session.leave();
});

test('what somebody took and left is handed back, and says so', async () => {
  const second = await secondServer(stack, { DECKHAND_CONTROL_MS: '1000' });
  stack.model.script('left', [done('Began.')]);
  const session = await stack.ask('Begin #left');
  await session.finished();
  stack.model.script('goes-on', [done('Went on.')]);
  const { sessionId } = session;
  expect(await second.client().http['control.take']({ sessionId })).toMatchObject({ ok: true });
  await stack.send(sessionId, 'And then #goes-on');
  const given = await session.event('control.given');
  expect(given).toMatchObject({ actor: { kind: 'system' }, data: { leftMs: expect.any(Number) } });
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect((await readAt('goes-on', 1)).join('\n')).toContain('without a sign of them');
  expect(await handBack(session)).toMatchObject({
    ok: false,
    message: 'Nobody has control of this session.',
  });
  session.leave();
  await second.dispose();
});
