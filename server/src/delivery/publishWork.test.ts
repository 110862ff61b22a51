import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ana as anaSigns } from '../../test/helpers/guardRepo.ts';
import { newSession, openTestStore } from '../../test/helpers/testStore.ts';
import { localHost } from '../repos/local.ts';
import { Mirror } from '../repos/mirror.ts';
import type { Hands } from '../sandboxes/hands.ts';
import { type Lease, takeLease } from '../sessions/run/lease.ts';
import { TurnWriter } from '../sessions/run/turnWriter.ts';
import { part, sessionKey } from '../sessions/store/keys.ts';
import type { Store } from '../sessions/store/store.ts';
import { guardLimits } from './guard/limits.ts';
import { SecretScanner } from './guard/secretScanner.ts';
import { publishWork } from './publishWork.ts';
import type { DeliverDeps } from './types.ts';

const root = mkdtempSync(join(tmpdir(), 'deckhand-publish-'));
const [origin, work] = [join(root, 'origin.git'), join(root, 'work')];
const git = (cwd: string, ...args: string[]) =>
  execFileSync(
    'git',
    ['-C', cwd, '-c', `user.name=${anaSigns.name}`, '-c', `user.email=${anaSigns.email}`, ...args],
    { encoding: 'utf8' },
  ).trim();
const repo = { id: 'x', url: origin, description: '', aliases: [], channels: [], pages: [] };
const mirror = new Mirror(
  repo,
  join(root, 'repos/x.git'),
  localHost(() => ''),
);
const scanner = new SecretScanner();
let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
let base = '';
let head = '';
beforeAll(async () => {
  opened = await openTestStore();
  store = opened.store;
  mkdirSync(join(root, 'repos'));
  git(root, 'init', '-q', '--bare', '-b', 'main', origin);
  git(root, 'clone', '-q', origin, work);
  git(work, 'commit', '-q', '--allow-empty', '-m', 'first');
  git(work, 'push', '-q', 'origin', 'HEAD:main');
  base = git(work, 'rev-parse', 'HEAD');
  expect(await mirror.fetch()).toEqual({ ok: true });
  writeFileSync(join(work, 'a.txt'), 'work\n');
  git(work, 'add', '-A');
  git(work, 'commit', '-q', '-m', 'work');
  head = git(work, 'rev-parse', 'HEAD');
  git(mirror.dir, 'fetch', '-q', work, 'HEAD:refs/deckhand/ses_work');
});
afterAll(async () => {
  await scanner.close();
  await opened.close();
  rmSync(root, { recursive: true, force: true });
});

const branchesThere = () => git(origin, 'for-each-ref', '--format=%(refname:short)').split('\n');

/** A session whose turn has work to publish, with what that goes through; `meanwhile` happens while it is judged. */
async function ready(meanwhile: (sessionId: string, lease: Lease) => Promise<void>) {
  const sessionId = await newSession(store);
  await store.hset(sessionKey(sessionId, part.meta), 'repo', 'x', 'baseSha', base);
  const lease = await takeLease(store, sessionId, 'this worker');
  if (!lease) throw new Error('no lease');
  const published: string[] = [];
  const deps = {
    store,
    repos: { mirror: () => mirror },
    changes: { publish: async () => ({ ok: published.push(sessionId) > 0 }) },
    rules: { workflows: false, limits: guardLimits },
    scanner,
    signing: null,
    signatureOf: async () => {
      await meanwhile(sessionId, lease);
      return anaSigns;
    },
    ownSignature: () => anaSigns,
    writer: new TurnWriter(store, sessionId, lease.fence),
    halt: new AbortController().signal,
    mayPush: async () => ({ ok: true, risk: undefined }),
    audit: { begin: async () => async () => {} },
    hold: {
      renew: async () => {
        if (!(await lease.renew())) throw new Error('the lease was taken over');
      },
    },
  } as unknown as DeliverDeps;
  const author = { userId: 'usr_ana', name: 'Ana' };
  const asked = publishWork(deps, {} as Hands, { run: { author } as never, head });
  return { sessionId, lease, published, asked };
}

test('work is pushed by whoever still holds the turn', async () => {
  const { sessionId, published, asked, lease } = await ready(async () => {});
  expect(await asked).toEqual({ ok: true });
  expect(branchesThere()).toContain(`deckhand/${sessionId}-1`);
  expect(published).toEqual([sessionId]);
  await lease.release();
});

test('a worker that lost the turn while its work was judged pushes nothing and opens nothing', async () => {
  const { sessionId, published, asked, lease } = await ready(async sessionId => {
    // It stood still for longer than its lease, and another worker went on.
    await store.del(sessionKey(sessionId, part.lease));
    await store.set(sessionKey(sessionId, part.lease), 'another worker', 'PX', 10_000, 'NX');
  });
  await expect(asked).rejects.toThrow('taken over');
  expect(branchesThere()).not.toContain(`deckhand/${sessionId}-1`);
  expect(published).toEqual([]);
  await lease.release();
});
