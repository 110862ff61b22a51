import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { bash, done, gate } from '../emulators/model/index.ts';
import { type ApprovalStack, answer, files, openApprovals, outputs } from '../support/approvals.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import type { SignedIn } from '../support/person.ts';

/** Three people of one organisation: an admin and two members. */
let opened: ApprovalStack;
let stack: ApprovalStack['stack'];
let ana: SignedIn;
let ben: SignedIn;
let cyd: SignedIn;

beforeAll(async () => {
  opened = await openApprovals();
  ({ stack, ana, ben, cyd } = opened);
});
afterAll(() => opened?.dispose());

const waiting: ApprovalStack['waiting'] = (...given) => opened.waiting(...given);

test('a call that somebody must approve parks the turn, says what, why and how risky, and goes on at the same call', async () => {
  const { session, approval, approvalId } = await waiting(
    ben,
    'plain',
    'touch ask-plain && git push --force',
  );
  expect(approval).toMatchObject({
    kind: 'call',
    what: { tool: 'bash', action: 'touch ask-plain && git push --force', edits: true },
    why: expect.stringContaining('Files called ask are looked at. (rule 5 of'),
    who: 'anyone',
    risk: { level: 'high', reasons: expect.arrayContaining([expect.stringMatching(/over what is there/)]) },
    extents: ['once', 'session', 'repository'],
  });
  expect(Date.parse(approval.expiresAt ?? '')).toBeGreaterThan(Date.now());
  expect(session.all('tool.started')[0]?.data.risk).toEqual(approval.risk);
  const view = await session.until(({ head }) => head.state === 'waiting', 'a parked turn');
  expect(view.head.approvals).toMatchObject([{ approvalId, who: 'anyone' }]);
  // Nobody works on it: neither a lease nor a job.
  const redis = new Redis(await stack.server.redisUrl());
  const held = async () =>
    (await redis.exists(`dh:{${session.sessionId}}:lease`)) + (await redis.llen('dh:bull:wake:active'));
  while ((await held()) > 0) await setImmediate();
  redis.disconnect();
  // Another prompt waits behind it.
  stack.model.script('behind', [done('After it.')]);
  await cyd.send(session.sessionId, 'And then #behind');
  expect(session.all('turn.started')).toHaveLength(1);
  expect(await answer(ben, session, approvalId)).toEqual({ ok: true });
  expect((await session.finished()).data.outcome).toBe('done');
  await session.finished(2);
  expect(await files(session)).toContain('ask-plain');
  expect(outputs(session)).toHaveLength(1);
  expect(session.all('approval.resolved')[0]?.data).toMatchObject({ approved: true, by: { name: 'ben' } });
  // It was for one call: the same answer again is no new one, and nobody else's counts.
  expect(await answer(ben, session, approvalId)).toEqual({ ok: true });
  expect(await answer(cyd, session, approvalId)).toMatchObject({
    ok: false,
    message: 'ben approved this already.',
  });
  checkLog(await readLog(ben.client, session.sessionId));
});

test('what policy refuses never runs; what it does not name does; a reader is never asked', async () => {
  stack.model.script('refused', [
    { calls: [bash('touch never-1'), bash('touch free-1'), bash('ls # ask')] },
    done('Tried.'),
  ]);
  const session = await ben.ask('Try #refused', 'shop');
  await session.finished();
  expect(session.all('approval.requested')).toEqual([]);
  expect(outputs(session).map(({ ok }) => ok)).toEqual([false, true, true]);
  expect(outputs(session)[0]).toMatchObject({ summary: 'Refused by policy' });
  expect(outputs(session)[0]?.output).toContain('Nothing is called never here.');
  expect(await files(session)).not.toContain('never-1');
});

test('an edited command runs as it was edited, and the model is told; it may not become what somebody else must approve', async () => {
  const { session, approvalId } = await waiting(ben, 'edited', 'touch ask-first');
  expect(await answer(cyd, session, approvalId, { text: 'touch ask-second' })).toEqual({ ok: true });
  await session.finished();
  expect(session.all('approval.resolved')[0]?.data).toMatchObject({
    edited: true,
    action: 'touch ask-second',
  });
  expect(await files(session)).toMatch(/ask-second/);
  expect(await files(session)).not.toMatch(/ask-first/);
  expect(stack.model.askings('edited').at(-1)?.messages.at(-1)?.text).toContain('approved this changed');

  for (const [marker, text, says] of [
    ['widened', 'touch admin-x', /somebody else must approve/],
    ['widened-more', 'touch never-x', /Nothing is called never/],
  ] as const) {
    const more = await waiting(ben, marker, `touch ask-${marker}`);
    expect(await answer(cyd, more.session, more.approvalId, { text })).toEqual({ ok: true });
    await more.session.finished();
    expect(outputs(more.session)[0]?.output).toMatch(says);
    // Nothing of it wanted a sandbox: the next prompt looks.
    stack.model.script(`${marker}-look`, [{ calls: [bash('ls')] }, done('Looked.')]);
    await ben.send(more.session.sessionId, `Look #${marker}-look`);
    await more.session.finished(2);
    expect(outputs(more.session).at(-1)).toMatchObject({ ok: true });
    expect(outputs(more.session).at(-1)?.output).not.toContain(text.slice(6));
  }
});

test('who may answer is held at every door: another than the prompter, an admin', async () => {
  const other = await waiting(ben, 'other', 'touch other-1');
  expect(await answer(ben, other.session, other.approvalId)).toMatchObject({ ok: false, code: 'not_found' });
  const socket = await ben.client.command('approval.answer', {
    ...{ sessionId: other.session.sessionId, approvalId: other.approvalId, approve: true },
  });
  expect(socket).toMatchObject({ ok: false, message: expect.stringContaining('Somebody else') });
  expect(await answer(cyd, other.session, other.approvalId)).toEqual({ ok: true });
  await other.session.finished();
  expect(await files(other.session)).toContain('other-1');

  const admin = await waiting(ben, 'admin', 'touch admin-1');
  for (const who of [ben, cyd])
    expect(await answer(who, admin.session, admin.approvalId)).toMatchObject({ ok: false });
  // A bot that acts for somebody whom nobody knows has no more rights than a member.
  const bot = await stack.client.http['approval.answer']({
    ...{ sessionId: admin.session.sessionId, approvalId: admin.approvalId, approve: true },
    onBehalfOf: { provider: 'slack', id: 'T1/U1', name: 'Stranger' },
  });
  expect(bot).toMatchObject({ ok: false, code: 'not_found' });
  expect(await answer(ana, admin.session, admin.approvalId)).toEqual({ ok: true });
  await admin.session.finished();
  expect(await files(admin.session)).toContain('admin-1');
});

test('a yes for the session is a grant that counts until it is withdrawn; one for the repository is an admin’s', async () => {
  const { session, approvalId } = await waiting(ben, 'granted', 'touch ask-granted');
  expect(await answer(ben, session, approvalId, { extent: 'repository' })).toMatchObject({ ok: false });
  expect(await answer(ben, session, approvalId, { extent: 'session' })).toEqual({ ok: true });
  await session.finished();
  const { sessionId } = session;
  const { data: grant } = await session.event('grant.given');
  expect(grant).toMatchObject({ scope: 'shell:write', value: 'touch ask-granted', for: 'session' });
  const rerun = async (nth: number) => {
    stack.model.script(`granted-${nth}`, [{ calls: [bash('touch ask-granted')] }, done('Again.')]);
    await cyd.send(sessionId, `Again #granted-${nth}`);
  };
  await rerun(2);
  await session.finished(2);
  expect(session.all('approval.requested')).toHaveLength(1);
  expect(await cyd.client.http['grant.list']({ sessionId })).toMatchObject({ ok: true, grants: [grant] });
  expect(await cyd.client.http['grant.withdraw']({ sessionId, grantId: grant.grantId })).toMatchObject({
    ok: true,
  });
  await rerun(3);
  const again = await session.event('approval.requested', 2);
  expect(await answer(ana, session, again.data.approvalId, { extent: 'repository' })).toEqual({ ok: true });
  await session.finished(3);
  // In another session on the repository nobody is asked.
  stack.model.script('elsewhere', [{ calls: [bash('touch ask-granted')] }, done('Elsewhere.')]);
  const elsewhere = await cyd.ask('Do it #elsewhere', 'shop');
  await elsewhere.finished();
  expect(elsewhere.all('approval.requested')).toEqual([]);
  const [wide] = session.all('grant.given').slice(-1);
  const withdraw = { sessionId: elsewhere.sessionId, grantId: wide?.data.grantId ?? '' };
  expect(await cyd.client.http['grant.withdraw'](withdraw)).toMatchObject({ ok: false });
  expect(await ana.client.http['grant.withdraw'](withdraw)).toMatchObject({ ok: true });
});

test('a stop while it waits ends the turn; what waited cannot be approved any more, and rewinding waits for that', async () => {
  const { session, approvalId } = await waiting(ben, 'stopped', 'touch ask-stopped');
  const { sessionId } = session;
  await session.until(({ head }) => head.state === 'waiting', 'a parked turn');
  const turnId = session.all('turn.started')[0]?.data.turnId ?? '';
  expect(await ben.client.http['session.rewind']({ sessionId, turnId })).toMatchObject({ ok: false });
  expect(await ben.client.http['session.archive']({ sessionId })).toMatchObject({ ok: false });
  expect(await cyd.client.http['turn.stop']({ sessionId, turnId })).toMatchObject({ ok: true });
  expect((await session.finished()).data.outcome).toBe('stopped');
  expect(await answer(ben, session, approvalId)).toMatchObject({ ok: false, code: 'not_found' });
  const view = await session.until(({ head }) => head.state === 'idle', 'an idle session');
  expect(view.head.approvals).toEqual([]);
  expect(await files(session).catch(() => '')).not.toContain('ask-stopped');
  checkLog(await readLog(ben.client, sessionId));
});

test('each turn acts with its authors’ rights: who joins in loses nobody’s, and gains nobody else’s', async () => {
  const hold = gate();
  stack.model.script('joined', [
    { say: ['Hm', hold.wait], calls: [bash('touch other-joined')] },
    { calls: [bash('touch other-both')] },
    done('Joined.'),
  ]);
  const session = await ben.ask('Do it #joined', 'shop');
  await stack.model.asked('joined');
  const { sessionId } = session;
  await cyd.client.http['prompt.send']({ sessionId, requestId: 'cyd-now', text: 'And quickly', when: 'now' });
  hold.open();
  const { approvalId } = (await session.event('approval.requested')).data;
  // That call is of ben’s prompt alone; from the next step on the turn is cyd’s, too.
  expect(await answer(ben, session, approvalId)).toMatchObject({ ok: false });
  expect(await answer(cyd, session, approvalId)).toMatchObject({ ok: true });
  const both = await session.event('approval.requested', 2);
  for (const who of [ben, cyd])
    expect(await answer(who, session, both.data.approvalId)).toMatchObject({ ok: false });
  expect(await answer(ana, session, both.data.approvalId)).toMatchObject({ ok: true });
  await session.finished();
  expect(await files(session)).toContain('other-both');

  // Somebody who was made a viewer since: what they prompted looks on, and changes nothing.
  const begun = gate();
  stack.model.script('viewer', [
    { say: ['Hm', begun.wait], calls: [bash('touch free-viewer'), bash('cat README.md')] },
    done('Looked.'),
  ]);
  const theirs = await cyd.ask('Do it #viewer', 'shop');
  await stack.model.asked('viewer');
  expect(await ana.client.http['user.role']({ login: 'cyd', role: 'viewer' })).toMatchObject({ ok: true });
  begun.open();
  await theirs.finished();
  expect(outputs(theirs).map(({ ok }) => ok)).toEqual([false, true]);
  expect(outputs(theirs)[0]?.output).toContain('may only look on');
  const asked = await waiting(ben, 'by-viewer', 'touch ask-by-viewer');
  const wanted = { sessionId: asked.session.sessionId };
  expect(await cyd.client.http['control.take'](wanted)).toMatchObject({ ok: false });
  expect(await answer(cyd, asked.session, asked.approvalId)).toMatchObject({ ok: false });
  expect(await ana.client.http['user.role']({ login: 'cyd', role: 'member' })).toMatchObject({ ok: true });
  await answer(cyd, asked.session, asked.approvalId, { approve: false });
  await asked.session.finished();
});
