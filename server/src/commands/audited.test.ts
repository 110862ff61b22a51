import { type CommandName, commands, type Result } from '@deckhand/shared';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { ana, newSession, openTestStore } from '../../test/helpers/testStore.ts';
import type { Identity } from '../identity/identity.ts';
import { createRateLimits } from '../identity/rateLimits.ts';
import { createMetrics } from '../platform/metrics.ts';
import { listActs } from '../policy/audit/list.ts';
import { takeOutboxes } from '../policy/audit/outbox.ts';
import { AuditRecorder } from '../policy/audit/recorder.ts';
import { verifyChain } from '../policy/audit/verify.ts';
import { type Batch, commit } from '../sessions/store/commit.ts';
import { part, sessionKey } from '../sessions/store/keys.ts';
import type { Store } from '../sessions/store/store.ts';
import { Commands, changes } from './commands.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
let recorder: AuditRecorder;
beforeEach(async () => {
  opened = await openTestStore();
  ({ store } = opened);
  recorder = new AuditRecorder({ redis: store, secret: 'secret', clock: Date.now });
});
afterEach(() => opened.close());

const who: Identity = { ...ana, orgId: 'default', scopes: ['read', 'write', 'act', 'admin'] };
const call = {
  who,
  connectionId: null,
  door: 'http',
  from: { address: '10.0.0.7', token: 'token:abc' },
} as const;
const listed = async (query: object = {}) =>
  (
    await listActs(
      { redis: store, blobs: store.archives.blobs, names: recorder.names },
      { limit: 200, ...query },
    )
  ).acts;
const commandsWith = (handler: (input: unknown) => Promise<Result>) =>
  new Commands({
    handlers: new Proxy({}, { get: () => (_: unknown, input: unknown) => handler(input) }) as never,
    rates: createRateLimits(store),
    audit: recorder,
    metrics: createMetrics(),
    log: pino({ level: 'silent' }),
  });

const words = 'zebra-prose with spaces';
/** Something for every field that a command may have. */
const inputs: Record<string, unknown> = {
  ...{ requestId: 'r-1', repo: 'sample', sessionId: 'ses_123456', turnId: 'trn_123456', n: 1, step: 1 },
  ...{ promptId: 'prm_123456', approvalId: 'apr_1', callId: 'cal_123456', approve: true, port: 3000 },
  ...{ prompt: words, text: words, title: words, value: words, name: 'A_NAME', phase: 'run' },
  ...{
    provider: 'slack',
    workspace: 'T1',
    id: 'T1/C1/1.1',
    thread: 'T1/C1/1.1',
    login: 'ben',
    role: 'admin',
  },
  ...{ place: { channel: 'C1' }, answer: { ok: true, text: words }, model: 'm', grantId: 'grn_123456' },
};

test('every command of the table that changes something is in the log before it is done, and after; no other is', async () => {
  const seen: string[] = [];
  const ran = commandsWith(async () => {
    const [newest] = await listed();
    seen.push(`${newest?.act} ${newest?.outcome}`);
    return { ok: true };
  });
  const never = ['typing', 'relay.take', 'relay.note', 'session.open', 'session.leave'].concat(
    ['type', 'size', 'taken', 'close'].map(each => `terminal.${each}`),
  );
  const known = (Object.keys(commands) as CommandName[]).filter(name => !never.includes(name));
  const parsed = known.filter(name => commands[name].input.safeParse(inputs).success);
  // A field that this test does not know would take a command out of it.
  expect(parsed.filter(changes).length).toBeGreaterThan(15);
  for (const name of parsed) await ran.run(call, name as never, inputs);
  const wanted = parsed.filter(changes);
  expect(seen.filter(one => one.endsWith('null'))).toEqual(
    expect.arrayContaining(wanted.map(n => `${n} null`)),
  );
  while ((await listed()).some(({ outcome }) => outcome === null)) await new Promise(setImmediate);
  const acts = await listed();
  expect(acts.map(({ act }) => act).toSorted()).toEqual(wanted.toSorted());
  for (const act of acts)
    expect(act).toMatchObject({ outcome: 'ok', who: { id: ana.userId }, address: { id: '10.0.0.7' } });
  expect(JSON.stringify(await store.xrange('dh:{audit}:hot', '-', '+'))).not.toMatch(
    /zebra|ses_123456|usr_ana/,
  );
});

test('a server that dies in the middle of a command leaves that it was tried', async () => {
  const ran = commandsWith(() => new Promise(() => {}));
  void ran.run(call, 'session.archive', { sessionId: 'ses_123456' });
  while ((await listed()).length === 0) await new Promise(setImmediate);
  expect(await listed()).toMatchObject([{ act: 'session.archive', outcome: null }]);
  expect(await verifyChain(store, store.archives.blobs)).toMatchObject({ fault: null });
});

test('where the log cannot be written to, nothing is done', async () => {
  let done = 0;
  const ran = commandsWith(async () => {
    done += 1;
    return { ok: true };
  });
  await store.set('dh:{audit}:head', 'not a hash');
  expect(await ran.run(call, 'session.archive', { sessionId: 'ses_123456' })).toMatchObject({ ok: false });
  expect(done).toBe(0);
  expect(await ran.run(call, 'me', {})).toMatchObject({ ok: true });
});

test('who may not do something is in the log once a minute, and tokens of nobody are', async () => {
  const ran = commandsWith(async () => ({ ok: true }));
  const viewer = { ...call, who: { ...who, scopes: ['read' as const] } };
  for (let n = 0; n < 5; n++) await ran.run(viewer, 'session.archive', { sessionId: 'ses_123456' });
  for (let n = 0; n < 5; n++) ran.turnedAway({ address: '10.0.0.9', token: 'token:def' });
  while ((await listed()).length < 2) await new Promise(setImmediate);
  expect((await listed({ outcome: 'refused' })).map(({ act, outcome }) => [act, outcome])).toEqual([
    ['sign-in', 'unauthorized'],
    ['session.archive', 'not_found'],
  ]);
});

const approval = (approvalId: string): Batch => ({
  checks: [],
  events: [
    {
      type: 'approval.resolved',
      actor: { kind: 'user', ...ana },
      data: { approvalId, approved: true, by: ana, action: words },
    },
  ],
});

test('what a session notes in its own script comes into the log once, whoever dies where', async () => {
  const sessionId = await newSession(store);
  for (const id of ['a', 'b', 'c']) await commit(store, sessionId, approval(id));
  // Dies between the chain and the session's list; two others do it at the same time then.
  const dies = Object.create(store, { lrem: { value: () => Promise.reject(new Error('killed')) } }) as Store;
  await expect(takeOutboxes(dies, recorder)).rejects.toThrow('killed');
  await commit(store, sessionId, approval('d'));
  const others = [1, 2].map(() => new AuditRecorder({ redis: store, secret: 'secret', clock: Date.now }));
  await Promise.all(others.map(other => takeOutboxes(store, other)));
  await takeOutboxes(store, recorder);
  const acts = (await listed({ act: 'approval' })).toReversed();
  expect(acts.map(({ about }) => about.approvalId)).toEqual(['a', 'b', 'c', 'd']);
  expect(acts[0]).toMatchObject({ who: { id: ana.userId, name: 'Ana' }, session: { id: sessionId } });
  expect(JSON.stringify(await store.xrange('dh:{audit}:hot', '-', '+'))).not.toContain('zebra');
  expect(await store.exists(sessionKey(sessionId, part.audits))).toBe(0);
});
