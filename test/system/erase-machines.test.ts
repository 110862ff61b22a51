import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { bash, done, gate, write } from '../emulators/model/index.ts';
import { confirmLink } from '../support/accountLink.ts';
import { type GithubStack, openGithubStack } from '../support/githubStack.ts';
import { patienceMs } from '../support/patience.ts';
import { person } from '../support/person.ts';
import { redisOf } from '../support/redis.ts';
import { disksWith, engineText, filesWith, redisText, redisWith } from '../support/searched.ts';
import { fork, snapshotOf, turnsOf } from '../support/turns.ts';
import { watch } from '../support/watch.ts';

const word = 'gobbledygook';
const login = 'quillfeather';
const account = { provider: 'slack', id: 'T1/U77QUILL', name: 'Slack Quill' } as const;

let stack: GithubStack;
let redis: Redis;
beforeAll(async () => {
  stack = await openGithubStack(['shop'], {
    DECKHAND_IDLE_MS: '1500',
    DECKHAND_IDLE_VIEWED_MS: '1500',
    // Disks are read whole.
    DECKHAND_SANDBOX_DISK_BYTES: String(128 * 1024 * 1024),
  });
  redis = await redisOf(stack.server);
  stack.github.person(login, { name: 'Quincy Feather', orgs: ['acme'], access: { 'acme/shop': 'write' } });
});
afterAll(async () => {
  redis?.disconnect();
  await stack?.dispose();
});

const mirror = (...args: string[]) => {
  const folder = join(stack.server.dataDir, 'repos');
  const [name = ''] = readdirSync(folder).filter(each => each.startsWith('shop'));
  return execFileSync('git', args, { cwd: join(folder, name), encoding: 'utf8' });
};
const refs = () => mirror('for-each-ref', '--format=%(refname)');
const objects = () => mirror('cat-file', '--batch-all-objects', '--batch', '--buffer');
const threadOf = (ts: string) => ({ provider: 'slack' as const, id: `T1/C1/${ts}` });
const must = <T extends { ok: boolean }>(result: T): Extract<T, { ok: true }> => {
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result as Extract<T, { ok: true }>;
};

test('a person is erased with all that machines keep of them: sandbox, disks, snapshots, forks, saved work, threads, previews, uploads, sign-ins', async () => {
  const { http } = stack.client;
  const quill = await person(stack.server, stack.github, login);
  const link = must(await http['account.link']({ onBehalfOf: account }));
  await confirmLink(quill.browser, link.url ?? '');
  // A session from a thread, whose work is pushed; its sandbox falls asleep on a disk, beside a snapshot of it.
  const work = [
    write('notes.txt', `${word}\n`),
    bash(`echo kept.log > .gitignore; echo ${word} | tee kept.log`),
  ];
  stack.model.script('work', [{ calls: work }, done(`Noted ${word}.`)]);
  const opened = must(
    await http['thread.open']({
      ...{ thread: threadOf('1.1'), requestId: 'r1', text: `Note ${word} #work`, repo: 'shop' },
      onBehalfOf: account,
    }),
  );
  const session = watch(stack.client, opened.session.id);
  expect((await session.finished()).data.outcome).toBe('done');
  await session.event('change.opened');
  const { turnId } = await snapshotOf(stack.client, session.sessionId, 1);
  // What the bot has said there, and a prompt that waits for its repository in another thread.
  const relay = { thread: threadOf('1.1'), owner: 'bot', ttlMs: 60_000 };
  const { fence } = must(await http['relay.take'](relay)).relay ?? { fence: 0 };
  const state = { seq: 3, live: null, posting: null, posts: {}, said: { chg: `Said ${word}` }, closed: null };
  expect(await http['relay.note']({ ...relay, fence, state })).toMatchObject({ held: true });
  must(
    await http['thread.park']({
      ...{ thread: threadOf('2.2'), requestId: 'r2', text: `Parked ${word}`, choices: ['shop'] },
      onBehalfOf: account,
    }),
  );
  must(await http['preview.open']({ sessionId: session.sessionId, port: 3000 }));
  const unsent = new File([`unsent ${word}`], 'unsent.txt', { type: 'text/plain' });
  must(await quill.client.uploadAttachment(unsent));
  await session.until(({ head }) => head.state === 'asleep', 'sleep');
  // A fork of it, in whose sandbox a turn runs.
  const other = await fork(quill.client, session.sessionId, turnId);
  expect(await http['erase.session']({ sessionId: other.id })).toMatchObject({ ok: true });
  // The source has its snapshot all the same: the fork was to begin from it.
  expect((await turnsOf(quill.client, session.sessionId))[0]?.snapshot).toBeTruthy();
  const copy = await fork(quill.client, session.sessionId, turnId);
  const hold = gate();
  stack.model.script('runs', [
    { calls: [bash(`echo ${word} >> notes.txt; cat notes.txt`)] },
    { say: ['Waiting', hold.wait, '.'] },
  ]);
  await quill.send(copy.id, `Go on with ${word} #runs`);
  const forked = watch(quill.client, copy.id);
  await stack.model.asked('runs', 2);

  const deploymentId = await stack.server.deploymentId();
  const ids = [session.sessionId, copy.id];
  const gone = [word, ...ids, login, 'Quincy Feather', account.id, account.name];
  // That the searches find what is there.
  const before = await redisText(redis);
  for (const each of gone) expect([each, before.includes(each)]).toEqual([each, true]);
  expect((await disksWith(deploymentId, word)).length).toBeGreaterThan(1);
  expect(await engineText(deploymentId)).toContain(copy.id);
  expect(refs()).toContain(session.sessionId);
  expect(objects()).toContain(word);

  // What lies on the host is its owner's to delete: the mirror would fetch it again.
  const branch = `deckhand/${session.sessionId}-1`;
  mirror('update-ref', `refs/remotes/origin/${branch}`, stack.git('shop', 'rev-parse', branch));
  stack.git('shop', 'branch', '-D', branch);
  session.leave();
  forked.leave();
  expect(await http['erase.person']({ person: login })).toMatchObject({ ok: true });
  hold.open();
  const userId = `usr_gh${stack.github.person(login).id}`;
  expect(await redisWith(redis, [...gone, userId])).toEqual([]);
  expect(await disksWith(deploymentId, word)).toEqual([]);
  for (const id of ids) expect(await engineText(deploymentId)).not.toContain(id);
  expect(refs()).not.toMatch(new RegExp(ids.join('|')));
  const inFiles = (await filesWith(stack.server.dataDir, gone)).filter(path => !path.includes('/objects/'));
  expect(inFiles).toEqual([]);
  // Their browser is nobody's; their work is counted for nobody.
  expect((await quill.browser.visit(`${stack.server.url}/api/me`)).status).toBe(401);
  expect(must(await http.stats({})).use).toMatchObject({ prompts: 0, people: 0, sessions: 0 });
  expect(await http['thread.get'](threadOf('1.1'))).toMatchObject({ thread: null });
  // What stays of them in the audit log is a hash.
  const pushes = must(await http['audit.list']({ act: 'push' })).acts;
  expect(pushes.length).toBeGreaterThan(0);
  for (const { who, session: of } of pushes)
    expect([who?.id, who?.name, of?.id]).toEqual([undefined, undefined, undefined]);
  expect(await http['audit.verify']({})).toMatchObject({ fault: null });
  // Objects of git go an hour later, once nobody can be about to refer to them.
  const path = mirror('rev-parse', '--absolute-git-dir').trim();
  execFileSync('find', [
    join(path, 'objects'),
    '-type',
    'f',
    '-exec',
    'touch',
    '-d',
    '2 hours ago',
    '{}',
    '+',
  ]);
  for (const [field, text] of Object.entries(await redis.hgetall('dh:erasures')))
    await redis.hset('dh:erasures', field, JSON.stringify({ ...JSON.parse(text), dueMs: 1 }));
  await stack.server.crash();
  await stack.server.restart();
  for (const endMs = Date.now() + patienceMs; (await redis.hlen('dh:erasures')) > 0; ) {
    if (Date.now() > endMs) throw new Error('the mirror was not pruned');
    await sleep(50);
  }
  expect(objects()).not.toContain(word);
});
