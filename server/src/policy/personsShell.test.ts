import type { Role } from '@deckhand/shared';
import { expect, test } from '@jest/globals';
import { mayType } from './personsShell.ts';
import { Policy } from './policy.ts';

const typing = async (role: Role, rules: object[]) => {
  const layers = { of: async () => [{ name: 'the policy', policy: Policy.parse({ rules }) }] };
  const by = { userId: 'usr_ana', name: 'Ana' };
  return (await mayType({ layers, roleOf: async () => role }, { repoId: 'shop', by })).ok;
};

test('whoever may prompt may type, unless a policy has somebody else say yes to what a shell can run', async () => {
  expect(await typing('member', [])).toBe(true);
  expect(await typing('viewer', [])).toBe(false);
  expect(await typing('member', [{ scopes: ['shell:write'], do: 'ask' }])).toBe(true);
  const asksAdmin = [{ scopes: ['shell:write'], do: 'ask', who: 'admin' }];
  expect(await typing('member', asksAdmin)).toBe(false);
  expect(await typing('admin', asksAdmin)).toBe(true);
  expect(await typing('admin', [{ scopes: ['shell:write'], do: 'ask', who: 'other' }])).toBe(false);
  expect(await typing('admin', [{ scopes: ['shell:write'], do: 'refuse' }])).toBe(false);
});

test('a rule for one command counts for the shell, in which that command can be typed', async () => {
  const publish = { scopes: ['shell:write'], match: ['npm publish*'] };
  expect(await typing('member', [{ ...publish, do: 'ask', who: 'admin' }])).toBe(false);
  expect(
    await typing('member', [
      { ...publish, do: 'allow' },
      { scopes: ['shell:write'], do: 'refuse' },
    ]),
  ).toBe(false);
  expect(await typing('member', [{ scopes: ['push'], do: 'refuse' }])).toBe(true);
});
