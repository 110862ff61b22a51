import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Replayed, StepInfo } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { bash, done, read, summaryMarker } from '../emulators/model/index.ts';
import { createRepo, type TestRepo } from '../support/repo.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { fork, rewind, turnsOf } from '../support/turns.ts';
import { watch } from '../support/watch.ts';

const bin = join(fileURLToPath(new URL('../..', import.meta.url)), 'server/cli/deckhand.mjs');
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

let repo: TestRepo;
let stack: Stack;
beforeAll(async () => {
  repo = await createRepo('house', {
    'AGENTS.md': 'Everywhere: tabs.\n',
    'api/AGENTS.md': 'In the api handlers never throw.\n',
    'api/index.js': 'export const answer = 42;\n',
    'README.md': 'A house.\n',
  });
  stack = await openStack({
    DECKHAND_REPOS: repo.reposFile,
    DECKHAND_MODELS: 'scripted-2',
    DECKHAND_CONTEXT_MESSAGES: '12',
    DECKHAND_CONTEXT_KEEP: '4',
  });
  stack.model.script(summaryMarker, [done('## Goal\n- look at the house\n## Open\n- none')]);
});
afterAll(async () => {
  await stack.dispose();
  await repo.remove();
});

const text = ({ messages }: { messages: { text: string }[] }) => messages.map(each => each.text).join('\n');
const inTheApi = 'In the api handlers never throw.';

async function stepsOf(sessionId: string): Promise<StepInfo[]> {
  const listed = await stack.client.http['step.list']({ sessionId });
  if (!listed.ok) throw new Error(listed.message);
  return listed.steps;
}

async function replay(sessionId: string, step: number, model?: string): Promise<Replayed> {
  const replayed = await stack.client.http['step.replay']({ sessionId, step, ...(model ? { model } : {}) });
  if (!replayed.ok) throw new Error(`${replayed.code}: ${replayed.message}`);
  return replayed;
}

/** Each step of a session asks again for what the model had received: the same bytes. */
async function expectSameBytes(sessionId: string, received: readonly { digest: string }[]): Promise<void> {
  const steps = await stepsOf(sessionId);
  expect(steps.map(({ requests }) => requests[0]?.sha256)).toEqual(received.map(({ digest }) => digest));
  for (const { n } of steps) {
    const { request, exact, differs } = await replay(sessionId, n);
    expect({ n, exact, differs }).toEqual({ n, exact: true, differs: [] });
    expect(createHash('sha256').update(request.body).digest('hex')).toBe(received[n - 1]?.digest);
  }
}

const sessions = { watched: '', first: '' };

test('a folder’s AGENTS.md is given with the first step there, once, and again when a summary took its place', async () => {
  const sent = await stack.client.uploadAttachment(new File([png], 'dot.png', { type: 'image/png' }));
  if (!sent.ok) throw new Error(sent.message);
  stack.model.script('enter', [
    { calls: [read('README.md')] },
    { calls: [read('api/index.js')] },
    { calls: [bash('cat api/index.js')] },
    done('Seen.'),
  ]);
  const session = await stack.ask('Look at the house #enter', {
    repo: 'house',
    attachments: [sent.attachment.attachmentId],
  });
  await session.finished(1);
  const given = stack.model.askings('enter').map(asking => text(asking).split(inTheApi).length - 1);
  expect(given).toEqual([0, 0, 1, 1]);
  // The prefix is as it was: what is given stands behind all that was read before.
  const [, , with_, after] = stack.model.askings('enter');
  expect(after?.messages.slice(0, with_?.messages.length)).toEqual(with_?.messages);
  expect(with_?.messages.at(-1)?.text).toContain('`api`, in `api/AGENTS.md`');
  stack.model.script('on', [{ calls: [bash('echo 1'), bash('echo 2'), bash('echo 3')] }, done()]);
  stack.model.script('back', [{ calls: [read('api/index.js')] }, done('Read.')]);
  for (const [n, marker] of ['on', 'on', 'back'].entries()) {
    await stack.send(session.sessionId, `Go on #${marker}`);
    await session.finished(n + 2);
  }
  expect(session.all('context.compacted').length).toBeGreaterThan(0);
  const [before, again] = stack.model.askings('back');
  expect(before && text(before)).not.toContain(inTheApi);
  expect(again && text(again).split(inTheApi)).toHaveLength(2);
  Object.assign(sessions, { watched: session.sessionId, first: sent.attachment.attachmentId });
});

test('every step’s request is built again byte for byte: picture, summary, rewind, fork, another model', async () => {
  const { watched } = sessions;
  const turns = await turnsOf(stack.client, watched);
  const received = () => stack.model.journal.filter(({ marker }) => marker !== summaryMarker);
  const before = [...received()];
  await expectSameBytes(watched, before);
  const twin = await fork(stack.client, watched, turns[1]?.turnId ?? '');
  await expectSameBytes(twin.id, before.slice(0, 6));
  await rewind(stack.client, watched, turns[0]?.turnId ?? '');
  stack.model.script('other', [{ calls: [bash('echo other')] }, done('As another.')]);
  const watching = await stack.client.http['prompt.send']({
    ...{ sessionId: watched, requestId: 'other-1', text: 'Now you #other', model: 'scripted-2' },
  });
  expect(watching.ok).toBe(true);
  await stack.model.asked('other', 2);
  await watch(stack.client, watched).finished(turns.length + 1);
  expect((await stepsOf(watched)).at(-1)?.model).toBe('scripted-2');
  await expectSameBytes(watched, received());
});

test('the command prints the request as it left, and asks another model with the same context', async () => {
  const { watched } = sessions;
  const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', DECKHAND_DATA: stack.server.dataDir };
  const deckhand = (...args: string[]) => promisify(execFile)(process.execPath, [bin, ...args], { env });
  const [first, second] = await stepsOf(watched);
  const listed = await deckhand('steps', watched);
  expect(listed.stdout.split('\n')[0]).toContain(`prompts ${first?.prompts}`);
  const printed = await deckhand('replay', watched, '--step', '2');
  expect(createHash('sha256').update(printed.stdout).digest('hex')).toBe(second?.requests[0]?.sha256);
  expect(printed.stderr).toContain('Byte for byte what left then');
  const saved = join(stack.server.dataDir, 'saved.sqlite');
  await deckhand('export', watched, saved);
  const db = new DatabaseSync(saved, { readOnly: true });
  const rows = db.prepare('SELECT step, prompts, request_sha256 FROM steps ORDER BY step').all();
  db.close();
  expect(rows.map(row => ({ ...row }))).toEqual(
    (await stepsOf(watched)).map(({ n, prompts, requests }) => ({
      step: n,
      prompts,
      request_sha256: requests[0]?.sha256,
    })),
  );
  const askedBefore = stack.model.askings('enter').length;
  const asked = await deckhand('replay', watched, '--step', '4', '--model', 'scripted-2');
  expect(asked.stdout).toBe('Seen.\n');
  const asking = stack.model.askings('enter')[askedBefore];
  expect(asking?.model).toBe('scripted-2');
  expect(asking?.messages.map(each => each.text)).toEqual(
    stack.model.askings('enter')[3]?.messages.map(each => each.text),
  );
  const steps = await stepsOf(watched);
  const unknown = await stack.client.http['step.replay']({ sessionId: watched, step: steps.length + 1 });
  expect(unknown).toMatchObject({ ok: false, code: 'not_found' });
});

test('where something is gone it says so, and does not pretend', async () => {
  await rm(join(stack.server.dataDir, 'blobs/attachments', sessions.first));
  const { exact, differs, request } = await replay(sessions.watched, 1);
  expect(exact).toBe(false);
  expect(differs).toEqual([`The attachment ${sessions.first} is no longer stored.`]);
  expect(request.body).toContain('is no longer stored');
  // A step of a server before, whose prompts were others.
  const redis = new Redis(await stack.server.redisUrl());
  const key = `dh:{${sessions.watched}}:steps`;
  const record = JSON.parse((await redis.lindex(key, 0)) ?? '') as object;
  await redis.lset(key, 0, JSON.stringify({ ...record, prompts: 'before', tools: ['read', 'teleport'] }));
  redis.disconnect();
  const older = await replay(sessions.watched, 1);
  expect(older.exact).toBe(false);
  expect(older.differs.join(' ')).toMatch(/changed since: version before then.*no more: teleport/);
});
