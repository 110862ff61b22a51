import { once } from 'node:events';
import { type CommandName, commands, newId } from '@deckhand/shared';
import type { ClientResult } from '@deckhand/shared/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate } from '../emulators/model/index.ts';
import { type GithubStack, openGithubStack } from '../support/githubStack.ts';
import { person, type SignedIn } from '../support/person.ts';
import { redisOf } from '../support/redis.ts';
import { openStream, sseMessages } from '../support/sse.ts';
import { type Watch, watch } from '../support/watch.ts';

let stack: GithubStack;
let ana: SignedIn;
let ben: SignedIn;
let session: Watch;
let artifactId: string;

/** GitHub's word counts for a second, so that a test need not wait for minutes. */
const accessMs = 1_000;

beforeAll(async () => {
  stack = await openGithubStack(['shop', 'vault'], {
    DECKHAND_ACCESS_MS: String(accessMs),
    DECKHAND_LOG_LEVEL: 'debug',
  });
  const { github, server, model } = stack;
  github.person('ana', { orgs: ['acme'], access: { 'acme/shop': 'write', 'acme/vault': 'write' } });
  github.person('ben', { orgs: ['acme'], access: { 'acme/shop': 'read' } });
  ana = await person(server, github, 'ana');
  ben = await person(server, github, 'ben');
  model.script('vault', [{ calls: [bash('seq 1 20000')] }, done('Counted what is secret.')]);
  const created = await ana.client.http['session.create']({
    requestId: 'vault-1',
    repo: 'vault',
    prompt: 'Count the secret #vault',
  });
  if (!created.ok) throw new Error(created.message);
  session = watch(ana.client, created.session.id);
  ({ artifactId } = (await session.event('artifact.created')).data);
  await session.finished();
});
afterAll(async () => {
  ana?.close();
  ben?.close();
  await stack?.dispose();
});

/** What a command needs besides the session or repository that it is about. */
const inputs = () => ({
  requestId: crypto.randomUUID(),
  text: 'Tell me',
  promptId: newId('prompt'),
  turnId: session.all('turn.finished')[0]?.data.turnId,
  name: 'mine',
  title: 'Mine',
  approvalId: 'apr_1',
  grantId: newId('grant'),
  approve: true,
  step: 1,
  callId: newId('call'),
  answer: { ok: false, message: 'no' },
  buildId: newId('build'),
  phase: 'run',
  value: 'x',
  kind: 'fact',
  key: 'port',
  entryId: newId('board'),
  taskId: newId('task'),
  attempts: 2,
  n: 1,
  of: 'session',
  unit: 'tokens',
  amount: 1,
  columns: 80,
  rows: 24,
  chars: 1,
  pinned: true,
});

/** Where others mean something else by these names. */
const edit = { path: 'README.md', from: 1, to: 1, before: 'x', after: 'y' };

const everyWay = (who: SignedIn, names: CommandName[]) =>
  names.flatMap(name => {
    const { http, socket } = commands[name];
    type Ask = (input: object) => Promise<ClientResult>;
    const byHttp = (who.client.http as unknown as Record<string, Ask>)[name];
    const bySocket: Ask = input => who.client.command(name as never, input as never);
    return [
      ...(http && byHttp ? [{ way: `${name} over HTTP`, ask: byHttp }] : []),
      ...(socket ? [{ way: `${name} over the socket`, ask: bySocket }] : []),
    ];
  });

const takes = (field: string) =>
  (Object.keys(commands) as CommandName[]).filter(name => field in commands[name].input.shape);

/** The same answer but for the name in it. */
const without = (answer: object, name: string) => JSON.stringify(answer).replaceAll(name, 'X');

test('a session on a repository that somebody may not read answers like none, by every command', async () => {
  const unknown = newId('session');
  const ways = everyWay(ben, takes('sessionId'));
  expect(ways.length).toBeGreaterThan(20);
  for (const { way, ask } of ways) {
    const input = { ...inputs(), ...(way.startsWith('file.edit ') ? edit : {}) };
    const real = await ask({ ...input, sessionId: session.sessionId });
    const none = await ask({ ...input, sessionId: unknown });
    expect([way, without(real, session.sessionId)]).toEqual([way, without(none, unknown)]);
    // Leaving, or typing where one does not look, is nothing to anybody; a terminal that one did not open is none.
    if (!/typing|leave|terminal\.(type|size|taken|close)/.test(way))
      expect([way, real]).toMatchObject([way, { ok: false, code: 'not_found' }]);
  }
});

test('nor by stream, export or artifact', async () => {
  const at = (sessionId: string) => [
    `/api/sessions/${sessionId}/events`,
    `/api/sessions/${sessionId}/export`,
    `/api/sessions/${sessionId}/artifacts/${artifactId}`,
  ];
  const unknown = newId('session');
  const headers = { accept: 'text/event-stream' };
  for (const [n, path] of at(session.sessionId).entries()) {
    const mine = await ana.browser.visit(stack.server.url + path, { headers });
    expect(mine.status).toBe(200);
    await mine.body?.cancel();
    const real = await ben.browser.visit(stack.server.url + path, { headers });
    const none = await ben.browser.visit(stack.server.url + at(unknown)[n], { headers });
    const texts = [await real.text(), await none.text()];
    expect([real.status, texts[0]?.replaceAll(session.sessionId, unknown)]).toEqual([404, texts[1]]);
    expect(none.status).toBe(404);
  }
});

test('a repository that somebody may not read answers like none, by every command', async () => {
  for (const { way, ask } of everyWay(ben, takes('repo'))) {
    const real = await ask({ ...inputs(), repo: 'vault', prompt: 'Tell me' });
    const none = await ask({ ...inputs(), repo: 'nowhere', prompt: 'Tell me' });
    expect([way, without(real, 'vault')]).toEqual([way, without(none, 'nowhere')]);
    expect([way, real.ok]).toEqual([way, false]);
  }
});

test('lists show what somebody may read, and their pages are whole', async () => {
  const mine: string[] = [];
  for (const n of [1, 2, 3]) {
    const repo = n === 2 ? 'vault' : 'shop';
    const by = n === 2 ? ana : ben;
    const created = await by.client.http['session.create']({
      requestId: `list-${n}`,
      repo,
      title: `No ${n}`,
    });
    if (!created.ok) throw new Error(created.message);
    if (repo === 'shop') mine.unshift(created.session.id);
  }
  const first = await ben.client.http['session.list']({ limit: 2 });
  if (!first.ok) throw new Error(first.message);
  expect(first.sessions.map(({ id }) => id)).toEqual(mine);
  expect(first.after).toBeNull();
  // Nor by what they say: neither of the session, nor that there is one.
  const found = async (by: SignedIn, q: string) => {
    const page = await by.client.http['session.list']({ q });
    if (!page.ok) throw new Error(page.message);
    return page.sessions;
  };
  expect(await found(ana, 'secret')).toMatchObject([
    { id: session.sessionId, hit: { text: expect.stringContaining('secret') } },
  ]);
  const rest = await found(ben, 'secret');
  expect(rest).toEqual([]);
  const everything = JSON.stringify([
    first,
    rest,
    await ben.client.http['repo.list']({}),
    await ben.client.http['image.list']({}),
    await ben.client.http['sandbox.list']({}),
  ]);
  expect(everything).not.toMatch(/vault|secret/);
  expect(JSON.stringify(await ana.client.http['sandbox.list']({}))).toContain(session.sessionId);
});

test('a token that acts for somebody we know has their rights, not its own', async () => {
  const onBehalfOf = { provider: 'github', id: String(stack.github.person('ben').id), name: 'Ben' };
  const { sessionId } = session;
  const acting = stack.client.http['prompt.send']({
    sessionId,
    requestId: 'act-1',
    text: 'Tell me',
    onBehalfOf,
  });
  expect(await acting).toMatchObject({ ok: false, code: 'not_found' });
  const own = await stack.client.http['session.get']({ sessionId });
  expect(own.ok).toBe(true);
});

test('who loses the repository is cut off while they look on, and gets nothing more', async () => {
  const hold = gate();
  stack.model.script('cut', [{ say: ['Now ', hold.wait, 'the password is hunter2'] }]);
  const { sessionId } = session;
  stack.github.person('ben', { access: { 'acme/shop': 'read', 'acme/vault': 'read' } });
  await new Promise(resolve => setTimeout(resolve, accessMs));
  const viewer = watch(ben.client, sessionId);
  await viewer.event('turn.finished');
  const headers = { authorization: `Bearer ${ben.browser.cookies.get('deckhand')}` };
  const stream = await openStream(stack.server, sessionId, headers);
  expect(stream.statusCode).toBe(200);
  let streamed = '';
  const reading = (async () => {
    for await (const message of sseMessages(stream)) streamed += message.data;
  })().catch(() => {});
  await ana.client.http['prompt.send']({ sessionId, requestId: 'cut-1', text: 'Say it #cut' });
  await viewer.until(view => view.drafts.some(draft => draft.text === 'Now '), 'the first word');

  stack.github.person('ben', { access: { 'acme/shop': 'read' } });
  const cutOff = (async () => {
    while (viewer.failures.length === 0) await new Promise(resolve => setTimeout(resolve, 20));
  })();
  await Promise.all([once(stream, 'close'), cutOff]);
  await reading;
  expect(viewer.failures[0]).toMatchObject({
    code: 'not_found',
    message: `There is no session ${sessionId}.`,
  });
  hold.open();
  await session.finished(2);
  expect(streamed).toContain('Now ');
  expect(streamed + JSON.stringify([viewer.events, viewer.view()])).not.toContain('hunter2');
  expect((await ben.client.http['session.get']({ sessionId })).ok).toBe(false);
  viewer.leave();
});

test('who signs out is cut off, too', async () => {
  const away = await person(stack.server, stack.github, 'ana');
  const viewer = watch(away.client, session.sessionId);
  await viewer.event('turn.finished');
  await away.browser.visit(`${stack.server.url}/auth/sign-out`, { method: 'POST' });
  while (!(await away.client.command('session.open', { sessionId: session.sessionId }).then(({ ok }) => !ok)))
    await new Promise(resolve => setTimeout(resolve, 50));
  viewer.leave();
  away.close();
});

test('while GitHub is away those who were let in stay', async () => {
  stack.github.fail(503);
  const { sessionId } = session;
  await new Promise(resolve => setTimeout(resolve, 2 * accessMs));
  expect((await ana.client.http['session.get']({ sessionId })).ok).toBe(true);
  stack.github.fail(null);
});

test('no token is anywhere: not in Redis, the log, or what anybody was answered', async () => {
  const redis = await redisOf(stack.server);
  const keys = await redis.keys('*');
  const dump = await Promise.all(keys.map(key => redis.dumpBuffer(key)));
  redis.disconnect();
  const answers = await Promise.all([
    ana.client.http.me({}),
    ana.client.http['session.list']({}),
    ana.client.http['events.list']({ sessionId: session.sessionId }),
    stack.client.http['user.list']({}),
  ]);
  const kept = `${keys.join()} ${dump.map(value => value?.toString('latin1')).join()}`;
  const issued = stack.github.oauth.issued;
  expect(issued.length).toBeGreaterThanOrEqual(6);
  for (const token of [...issued, ana.browser.cookies.get('deckhand') ?? '?'])
    for (const text of [kept, stack.server.log(), JSON.stringify(answers)]) expect(text).not.toContain(token);
});

test('who takes the authorisation back at GitHub is signed out', async () => {
  stack.github.oauth.revoke('ana');
  const { sessionId } = session;
  for (;;) {
    const answer = await ana.client.http['session.get']({ sessionId });
    if (!answer.ok && answer.code === 'unauthorized') break;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  const me = await ana.browser.visit(`${stack.server.url}/api/me`);
  expect(me.status).toBe(401);
});
