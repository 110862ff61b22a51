import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { bash, done, gate, write } from '../emulators/model/index.ts';
import { raw } from '../support/http.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { patienceMs } from '../support/patience.ts';
import { redisOf } from '../support/redis.ts';
import { openStream, readUntilEnd } from '../support/sse.ts';
import { modelKey, openStack, type Stack } from '../support/stack.ts';
import type { Watch } from '../support/watch.ts';

let stack: Stack;
let redis: Redis;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deckhand-export-'));
  stack = await openStack({
    DECKHAND_IDLE_MS: '1000',
    DECKHAND_IDLE_VIEWED_MS: '1000',
    DECKHAND_HIBERNATE_MS: '300',
  });
  redis = await redisOf(stack.server);
  stack.model.script('work', [
    { calls: [write('kept.txt', 'kept\n'), bash('echo no > .gitignore; echo mine > no; seq 1 20000')] },
    done('Worked.'),
  ]);
  stack.model.script('look', [{ calls: [bash('cat kept.txt no')] }, done('Looked.')]);
  stack.model.script('talk', [done('Said.')]);
});
afterAll(async () => {
  redis.disconnect();
  await stack.dispose();
  await rm(dir, { recursive: true, force: true });
});

const isHome = async (id: string) => (await redis.exists(`dh:{${id}}:home`)) === 1;
/** Nothing tells that a session hibernates: its log does not. */
async function hibernated(id: string): Promise<void> {
  for (const endMs = Date.now() + patienceMs; !(await isHome(id)); await sleep(50))
    if (Date.now() > endMs) throw new Error(`${id} did not hibernate`);
}
const asleep = (session: Watch) => session.until(view => view.head.state === 'asleep', 'sleep');

/** Opens a file as a person would; a machine without sqlite3 has Node's. */
function query(path: string, sql: string): Record<string, unknown>[] {
  if (existsSync('/usr/bin/sqlite3'))
    return JSON.parse(execFileSync('sqlite3', ['-json', path, sql], { encoding: 'utf8' }) || '[]');
  const db = new DatabaseSync(path, { readOnly: true });
  const rows = db.prepare(sql).all();
  db.close();
  return rows;
}

async function exportOf(id: string): Promise<string> {
  const answer = await fetch(`${stack.server.url}/api/sessions/${id}/export`, {
    headers: { authorization: `Bearer ${stack.server.token}` },
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('application/vnd.sqlite3');
  expect(answer.headers.get('content-disposition')).toContain(`${id}.sqlite"`);
  const path = join(dir, `${crypto.randomUUID()}.sqlite`);
  await writeFile(path, Buffer.from(await answer.arrayBuffer()));
  expect(query(path, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  return path;
}

test('sleep, hibernation and a follow-up: sockets and streams stay open, files are there, the log has no gap', async () => {
  const session = await stack.ask('Work #work');
  const statuses: string[] = [];
  const other = stack.server.client();
  other.follow(session.sessionId, { onView() {}, onStatus: status => statuses.push(status) });
  const stream = await openStream(stack.server, session.sessionId);
  const streamed = readUntilEnd(stream, 2);
  await session.finished();
  await asleep(session);
  await hibernated(session.sessionId);

  const keys = (await redis.keys(`*${session.sessionId}*`)).filter(key => /:(?!viewers$)\w+$/.test(key));
  expect(keys.filter(key => key.startsWith('dh:{'))).toEqual([`dh:{${session.sessionId}}:home`]);
  const list = 'dh:org:default:sessions';
  const entry = Number(await redis.memory('USAGE', list, 'SAMPLES', 0)) / (await redis.zcard(list));
  expect(Number(await redis.memory('USAGE', `dh:{${session.sessionId}}:home`)) + entry).toBeLessThan(1024);

  const last = session.events.length;
  await stack.send(session.sessionId, 'Look #look');
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect(session.all('tool.finished').at(-1)?.data.output).toBe('kept\nmine\n');
  expect(session.events.map(event => event.seq)).toEqual(session.events.map((_, i) => i + 1));
  expect(session.events[last]?.type).toBe('prompt.queued');
  expect(session.failures).toEqual([]);
  expect((await streamed).map(event => event.seq)).toEqual(
    session.events.slice(0, (await streamed).length).map(event => event.seq),
  );
  expect(statuses).toEqual(['connecting', 'live']);
  checkLog(await readLog(stack.client, session.sessionId));
});

test('whatever is read of a hibernated session is what it was before, and reading leaves it where it is', async () => {
  const session = await stack.ask('Work #work');
  await session.finished();
  await asleep(session);
  session.leave();
  const id = session.sessionId;
  const artifactId = session.all('artifact.created')[0]?.data.artifactId ?? '';
  const { http } = stack.client;
  const look = async () => ({
    session: await http['session.get']({ sessionId: id }),
    list: await http['session.list']({ limit: 1 }),
    view: await http['session.view']({ sessionId: id }),
    log: await readLog(stack.client, id),
    middle: await http['events.list']({ sessionId: id, after: 3, limit: 2 }),
    newest: await http['events.list']({ sessionId: id, before: 6, limit: 3 }),
    ahead: await http['events.list']({ sessionId: id, after: 100_000 }),
    diff: await http['session.diff']({ sessionId: id }),
    artifact: (await raw(stack.server, `/api/sessions/${id}/artifacts/${artifactId}`)).text,
    opened: await stack.client.command('session.open', { sessionId: id, tail: 3 }),
    step: await http['step.replay']({ sessionId: id, step: 2 }),
  });
  const [list] = await Promise.all([redis.zrange('dh:org:default:sessions', '-1', '-1'), hibernated(id)]);
  expect(list).toEqual([id]);
  const cold = await look();
  expect(await isHome(id)).toBe(true);
  // A write brings it back: what Redis holds is what was read.
  await stack.send(id, 'Talk #talk');
  const hot = await look();
  expect(cold.artifact).toContain('20000');
  expect(cold.diff).toEqual(hot.diff);
  expect(cold.middle).toEqual(hot.middle);
  expect(cold.step).toMatchObject({ ok: true, exact: true });
  expect(cold.step).toEqual(hot.step);
  expect(cold.newest).toEqual(hot.newest);
  expect(cold.ahead).toMatchObject({ ok: false, code: 'cursor_ahead' });
  expect(hot.log.slice(0, cold.log.length)).toEqual(cold.log);
  expect(cold.log).toEqual(session.events);
  expect(cold.session).toMatchObject({ ok: true, session: { id, state: 'asleep', last: cold.log.length } });
  expect(cold.view).toMatchObject({ ok: true, last: cold.log.length, head: { state: 'asleep' }, drafts: [] });
  expect(cold.opened).toMatchObject({ ok: true, last: cold.log.length, session: { id } });
  expect(cold.list).toMatchObject({ ok: true, sessions: [{ id, state: 'asleep' }] });
});

test('a session downloads at work, asleep and hibernated; sqlite3 reads it; no secret is in it', async () => {
  const never = gate();
  stack.model.script('slow', [{ calls: [bash('echo one')] }, { say: ['Wait', never.wait, ' over.'] }]);
  const session = await stack.ask('Go slowly #slow');
  await session.event('tool.finished');
  await session.until(view => view.drafts.length > 0, 'words');
  const id = session.sessionId;
  const live = await exportOf(id);
  never.open();
  await session.finished();
  const sleeping = await exportOf(id);
  await hibernated(id);
  const cold = await exportOf(id);
  const found = [live, sleeping, cold].map(path => ({
    seqs: query(path, 'SELECT seq FROM events ORDER BY seq').map(row => row.seq),
    last: query(path, 'SELECT last FROM session')[0]?.last,
    prompts: query(path, 'SELECT author IS NOT NULL AS author, text FROM prompts'),
    turns: query(path, 'SELECT outcome FROM turns'),
    tools: query(path, 'SELECT tool, ok FROM tools'),
    version: query(path, "SELECT value FROM about WHERE name = 'version'"),
  }));
  for (const { seqs, last, prompts, tools, version } of found) {
    expect(seqs).toEqual(Array.from({ length: Number(last) }, (_, i) => i + 1));
    expect(prompts).toEqual([{ author: 1, text: 'Go slowly #slow' }]);
    expect(tools).toEqual([{ tool: 'bash', ok: 1 }]);
    expect(version).toEqual([{ value: '1' }]);
  }
  expect(found.map(({ turns }) => turns)).toEqual([
    [{ outcome: null }],
    [{ outcome: 'done' }],
    [{ outcome: 'done' }],
  ]);
  expect(query(cold, 'SELECT role FROM context LIMIT 1')).toEqual([{ role: 'user' }]);
  for (const path of [live, sleeping, cold]) {
    const bytes = await readFile(path);
    for (const secret of [modelKey, stack.server.token]) expect(bytes.includes(secret)).toBe(false);
  }
  expect((await raw(stack.server, `/api/sessions/${id}/export`, { token: null })).status).toBe(401);
  expect((await raw(stack.server, '/api/sessions/ses_nobody0000/export')).status).toBe(404);
  expect(await readdir(join(stack.server.dataDir, 'blobs', 'aside'))).toEqual([]);
});

test('kill -9 again and again while sessions hibernate and are prompted: nothing is lost, nothing twice', async () => {
  const sessions = await Promise.all([1, 2, 3, 4].map(() => stack.ask('Talk #talk')));
  await Promise.all(sessions.map(session => session.finished()));
  for (let round = 2; round <= 5; round++) {
    // Every other round the server dies with a prompt that just came, else while it hibernates.
    const first = sessions[0]?.sessionId ?? '';
    await (round % 2 === 0 ? hibernated(first) : sleep(300 + 20 * round));
    const sent = sessions.map(session =>
      stack.client.send({ sessionId: session.sessionId, text: 'Talk #talk' }),
    );
    expect(sent).toHaveLength(4);
    await stack.server.crash();
    await stack.server.restart();
    await Promise.all(sessions.map(session => session.finished(round)));
  }
  for (const session of sessions) {
    await hibernated(session.sessionId);
    const log = await readLog(stack.client, session.sessionId);
    checkLog(log);
    expect(log.filter(event => event.type === 'turn.finished')).toHaveLength(5);
    expect(log.filter(event => event.type === 'prompt.queued')).toHaveLength(5);
  }
  // What a restore that was killed had brought so far goes by itself; nothing stays.
  for (const key of await redis.keys('*:restore:*'))
    expect([key, await redis.ttl(key)]).not.toEqual([key, -1]);
});

test('a plan waits through hibernation, and runs once it is approved', async () => {
  stack.model.script('think', [done('Do it #talk')]);
  const session = await stack.ask('Plan it #think', { mode: 'plan' });
  const { sessionId } = session;
  const { approvalId } = (await session.event('approval.requested')).data;
  await hibernated(sessionId);
  const answer = () => stack.client.http['approval.answer']({ sessionId, approvalId, approve: true });
  const first = await answer();
  expect(first).toMatchObject({ ok: true, promptId: expect.any(String) });
  expect((await session.finished(2)).data.outcome).toBe('done');
  await hibernated(sessionId);
  expect(await answer()).toMatchObject({ promptId: first.ok && first.promptId });
  expect(session.all('turn.started')).toHaveLength(2);
});
