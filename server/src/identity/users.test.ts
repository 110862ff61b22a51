import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { openTestStore } from '../../test/helpers/testStore.ts';
import { actingWith } from './acting.ts';
import type { GithubAccount, Identity } from './identity.ts';
import { roleOf } from './roles.ts';
import { identityOf, Users } from './users.ts';

let stack: Awaited<ReturnType<typeof openTestStore>>;
let users: Users;
beforeAll(async () => {
  stack = await openTestStore();
});
afterAll(() => stack?.close());
beforeEach(async () => {
  await stack.store.flushall();
  users = new Users({ store: stack.store, admins: new Set(['boss']), clock: Date.now });
});

const account = (id: number, login: string): GithubAccount => ({
  id,
  login,
  name: `${login}!`,
  avatarUrl: null,
});
const bot: Identity = {
  userId: 'usr_bot000',
  name: 'Bot',
  orgId: 'default',
  scopes: ['read', 'write', 'act', 'admin'],
  via: 'slack',
};

test('somebody is found by id, by login in any case, and by the accounts that are theirs', async () => {
  const { userId } = await users.signedIn(account(7, 'Ana'));
  expect(userId).toBe('usr_gh7');
  await users.link({ provider: 'slack', id: 'T1/U1' }, userId);
  for (const found of [
    await users.byGithubId(7),
    await users.byLogin('aNA'),
    await users.resolve({ provider: 'slack', id: 'T1/U1' }),
    await users.resolve({ provider: 'github', id: '7' }),
  ])
    expect(found?.userId).toBe(userId);
  await users.unlink({ provider: 'slack', id: 'T1/U1' });
  expect(await users.resolve({ provider: 'slack', id: 'T1/U1' })).toBeNull();
  expect(await users.resolve({ provider: 'github', id: 'ana' })).toBeNull();
});

test('a login that changes hands is its new owner’s', async () => {
  await users.signedIn(account(7, 'ana'));
  await users.signedIn(account(7, 'ana-ruiz'));
  expect(await users.byLogin('ana')).toBeNull();
  await users.signedIn(account(8, 'ana'));
  await users.signedIn(account(7, 'ana-ruiz-2'));
  expect((await users.byLogin('ana'))?.userId).toBe('usr_gh8');
});

test('a role stays over sign-ins; an admin by configuration is one whatever the record says', async () => {
  const { userId } = await users.signedIn(account(7, 'ana'));
  expect((await users.get(userId))?.role).toBe('member');
  await users.setRole(userId, 'viewer');
  expect((await users.signedIn(account(7, 'ana'))).role).toBe('viewer');
  const boss = await users.signedIn(account(9, 'Boss'));
  await users.setRole(boss.userId, 'viewer');
  expect((await users.get(boss.userId))?.role).toBe('admin');
  expect((await users.list()).map(user => roleOf(identityOf(user)))).toEqual(['admin', 'viewer']);
});

test('what a token does for an account that is somebody’s is theirs; for others it stays the account’s', async () => {
  const act = actingWith(users);
  const ana = await users.signedIn(account(7, 'ana'));
  const onBehalfOf = { provider: 'slack', id: 'T1/U1', name: 'Annie' };
  expect(await act(bot, onBehalfOf)).toMatchObject({
    ok: true,
    author: { userId: 'slack:T1/U1', name: 'Annie' },
    whose: bot,
  });
  await users.link(onBehalfOf, ana.userId);
  const acting = await act(bot, onBehalfOf);
  expect(acting).toEqual({
    ok: true,
    author: { userId: 'usr_gh7', name: 'ana!' },
    actor: { kind: 'user', userId: 'usr_gh7', name: 'ana!', via: 'slack' },
    whose: identityOf(ana),
    role: 'member',
  });
  await users.setRole(ana.userId, 'viewer');
  expect(await act(bot, onBehalfOf)).toMatchObject({ ok: false, code: 'not_found' });
  expect(await act(identityOf(ana), onBehalfOf)).toMatchObject({ ok: false, code: 'not_found' });
  expect(await act(identityOf(ana))).toMatchObject({ author: { userId: 'usr_gh7' } });
});
