import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { done, gate } from '../emulators/model/index.ts';
import { redisOf } from '../support/redis.ts';
import { redisWith, filesWith as searchFiles, redisText as textOfRedis } from '../support/searched.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { watch } from '../support/watch.ts';

let stack: Stack;
let redis: Redis;
const root = fileURLToPath(new URL('../..', import.meta.url));

beforeAll(async () => {
  // No sandbox is needed here.
  stack = await openStack({ DOCKER_HOST: 'unix:///nowhere/docker.sock', DECKHAND_HIBERNATE_MS: '1500' });
  redis = await redisOf(stack.server);
});
afterAll(async () => {
  redis?.disconnect();
  await stack?.dispose();
});

const zoe = { provider: 'test', id: 'zoe-quibblewick', name: 'Zoe Quibblewick' };
const max = { provider: 'test', id: 'max-plain', name: 'Max Plain' };

const redisText = () => textOfRedis(redis);
const filesWith = (words: readonly string[]) => searchFiles(stack.server.dataDir, words);

async function attach(text: string): Promise<string> {
  const file = new File([text], 'notes.txt', { type: 'text/plain' });
  const uploaded = await stack.client.uploadAttachment(file);
  if (!uploaded.ok) throw new Error(uploaded.message);
  return uploaded.attachment.attachmentId;
}

const isHome = (sessionId: string) => redis.exists(`dh:{${sessionId}}:home`);
async function until(fits: () => Promise<boolean>): Promise<void> {
  const began = Date.now();
  while (!(await fits())) {
    if (Date.now() - began > 30_000) throw new Error('waited too long');
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

/** A session with words that stand nowhere else, in every place where words of a session come to lie. */
async function marked(word: string, by = zoe) {
  stack.model.script(`say-${word}`, [
    { calls: [{ tool: 'plan', input: { items: [{ text: `list ${word}`, status: 'pending' }] } }] },
    done(`I answer ${word}.`),
  ]);
  const attachments = [await attach(`file ${word}`)];
  const long = `${`long ${word} `.repeat(3_000)} #say-${word}`;
  const session = await stack.ask(`Do ${word} #say-${word}`, { onBehalfOf: by, attachments });
  await session.finished();
  await stack.send(session.sessionId, long, { onBehalfOf: by });
  await session.finished(2);
  await stack.client.http.stats({});
  expect(await stack.client.http['session.list']({ q: word })).toMatchObject({
    sessions: [{ id: session.sessionId }],
  });
  session.leave();
  return session.sessionId;
}

test('what is erased is nowhere any more: not in Redis, not in a file; the audit log is whole and knows a hash', async () => {
  const words = ['flibbertigibbet'];
  const sessionId = await marked('flibbertigibbet');
  expect(await redisText()).toContain('flibbertigibbet');
  expect((await filesWith(words)).length).toBeGreaterThan(1);
  expect(await stack.client.http['erase.session']({ sessionId })).toMatchObject({ ok: true });
  const left = await redisText();
  expect(left).not.toContain('flibbertigibbet');
  expect(left).not.toContain(sessionId);
  expect(await filesWith([...words, sessionId])).toEqual([]);
  expect(await stack.client.http['session.get']({ sessionId })).toMatchObject({ code: 'not_found' });
  // Twice is once; what never was is said so.
  expect(await stack.client.http['erase.session']({ sessionId })).toMatchObject({ ok: true });
  expect(await stack.client.http['erase.session']({ sessionId: 'ses_neverthere' })).toMatchObject({
    code: 'not_found',
  });
  expect(await stack.client.http['audit.verify']({})).toMatchObject({ ok: true, fault: null });
  const acts = await stack.client.http['audit.list']({ act: 'erase.session' });
  if (!acts.ok) throw new Error(acts.message);
  const [, , first] = acts.acts;
  expect(first).toMatchObject({
    outcome: 'ok',
    session: { pseudonym: expect.stringMatching(/^[0-9a-f]{32}$/) },
  });
  expect(first?.session?.id).toBeUndefined();
});

test('a session that lies in its archive is erased as well', async () => {
  const sessionId = await marked('snollygoster');
  // There is no engine here: a sandbox that was about to be made never is, and nobody says so.
  await redis.hdel(`dh:{${sessionId}}:meta`, 'sandboxId');
  await until(async () => (await isHome(sessionId)) === 1);
  expect((await filesWith(['snollygoster'])).some(path => path.includes('archives'))).toBe(true);
  expect(await stack.client.http['erase.session']({ sessionId })).toMatchObject({ ok: true });
  expect(await redisText()).not.toMatch(/snollygoster/);
  expect(await filesWith(['snollygoster', sessionId])).toEqual([]);
});

test('a person is erased while a turn of theirs runs: their sessions, and their words and name in those of others', async () => {
  const shared = await marked('gallimaufry', max);
  stack.model.script('also', [done('Noted.')]);
  const session = watch(stack.client, shared);
  await stack.send(shared, 'Also kerfuffle for me #also', { onBehalfOf: zoe });
  await session.finished(3);
  session.leave();
  const hold = gate();
  stack.model.script('runs', [{ say: ['Working on taradiddle', hold.wait, '.'] }]);
  const running = await stack.ask('Make taradiddle #runs', { onBehalfOf: zoe });
  await running.event('turn.started');
  const erased = stack.client.http['erase.person']({ person: 'test:zoe-quibblewick' });
  expect(await erased).toMatchObject({ ok: true });
  hold.open();
  const gone = ['Quibblewick', 'zoe-quibblewick', 'kerfuffle', 'taradiddle', running.sessionId];
  expect(await redisWith(redis, gone)).toEqual([]);
  expect(await filesWith(gone)).toEqual([]);
  // What others wrote is as it was, and goes on.
  expect(await redisText()).toContain('gallimaufry');
  const again = watch(stack.client, shared);
  stack.model.script('after', [done('Went on.')]);
  await stack.send(shared, 'And now #after', { onBehalfOf: max });
  await again.finished(4);
  const said =
    stack.model
      .askings('after')[0]
      ?.messages.map(({ text }) => text)
      .join('\n') ?? '';
  expect(said).toContain('gallimaufry');
  expect(said).toContain('Erased person: (erased)');
  expect(again.view().head.authors.map(({ name }) => name)).toEqual(['Max Plain', 'Erased person']);
  expect(await stack.client.http['erase.person']({ person: 'test:zoe-quibblewick' })).toMatchObject({
    ok: true,
  });
  expect(await stack.client.http['erase.person']({ person: 'nobody-at-all' })).toMatchObject({
    code: 'not_found',
  });
  expect(await stack.client.http['audit.verify']({})).toMatchObject({ fault: null });
});

test('an erasure that is killed in the middle goes on at the next start', async () => {
  const sessionId = await marked('widdershins');
  const cut = stack.client.http['erase.session']({ sessionId }).catch(() => null);
  await until(async () => (await redis.hlen('dh:erasures')) === 1);
  await stack.server.crash();
  await cut;
  // The next one dies in the middle, too; the one after that brings it to its end.
  await stack.server.restart();
  await stack.server.crash();
  await stack.server.restart();
  await until(async () => (await redis.hlen('dh:erasures')) === 0);
  expect(await redisText()).not.toMatch(/widdershins/);
  await until(async () => (await filesWith(['widdershins', sessionId])).length === 0);
});

test('the command line erases, verifies and exports; only admins may', async () => {
  const sessionId = await marked('bumfuzzle');
  const env = { ...process.env, DECKHAND_URL: stack.server.url, DECKHAND_TOKEN: stack.server.token };
  const deckhand = (...args: string[]) =>
    promisify(execFile)(process.execPath, [join(root, 'server/cli/main.ts'), ...args], { env });
  await expect(deckhand('erase', 'session', sessionId)).rejects.toThrow('--yes');
  expect((await deckhand('erase', 'session', sessionId, '--yes')).stdout).toContain('Erased');
  const { stdout } = await deckhand('audit', '--verify');
  expect(stdout).toMatch(/entries, whole\.\nThe end is \d+:[0-9a-f]{64}/);
  const anchor = /\d+:[0-9a-f]{64}/.exec(stdout)?.[0] ?? '';
  expect((await deckhand('audit', '--verify', '--anchor', anchor)).stdout).toContain('whole');
  const lines = (await deckhand('--json', 'audit', '--since', '1h')).stdout.trim().split('\n');
  const acts = lines.map(line => JSON.parse(line) as { act: string; outcome: string });
  expect(acts.map(({ act }) => act)).toEqual(expect.arrayContaining(['session.create', 'erase.session']));
  expect(lines.join()).not.toContain('bumfuzzle');
});
