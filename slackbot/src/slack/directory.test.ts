import { expect, test } from '@jest/globals';
import { Directory, type Home } from './directory.ts';
import type { Slack } from './slack.ts';

async function kindOf(user: object, home: Home) {
  const call = async () => ({ ok: true, user: { id: 'W1', name: 'ana', ...user } });
  const found = await new Directory({ call } as unknown as Slack, home).person('W1');
  return found?.kind;
}

const alone = { team: 'T1', enterprise: null };
const inGrid = { team: 'T1', enterprise: 'E1' };
const ofGrid = (enterprise_id: string) => ({ enterprise_user: { id: 'W1', enterprise_id, teams: ['T2'] } });

test('in Enterprise Grid people of the organisation are no strangers, whichever workspace they are of', async () => {
  expect(await kindOf({ team_id: 'T2', ...ofGrid('E1') }, inGrid)).toBe('member');
  expect(await kindOf({ team_id: 'E1' }, inGrid)).toBe('member');
  expect(await kindOf({ team_id: 'T1' }, inGrid)).toBe('member');
});

test('people of other companies stay strangers, and guests guests', async () => {
  expect(await kindOf({ team_id: 'T9', ...ofGrid('E9') }, inGrid)).toBe('stranger');
  expect(await kindOf({ team_id: 'T9' }, inGrid)).toBe('stranger');
  expect(await kindOf({ team_id: 'E9' }, inGrid)).toBe('stranger');
  expect(await kindOf({ team_id: 'T2', ...ofGrid('E1') }, alone)).toBe('stranger');
  expect(await kindOf({ team_id: 'T2', is_stranger: true, ...ofGrid('E1') }, inGrid)).toBe('stranger');
  expect(await kindOf({ team_id: 'T2', is_restricted: true, ...ofGrid('E1') }, inGrid)).toBe('guest');
  expect(await kindOf({ team_id: 'T1' }, alone)).toBe('member');
});
