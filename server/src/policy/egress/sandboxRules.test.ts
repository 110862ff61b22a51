import { type Grant, newId } from '@deckhand/shared';
import { expect, test } from '@jest/globals';
import { EgressPolicy } from './egressPolicy.ts';
import { type RuleSources, sandboxRules, whoAllows } from './sandboxRules.ts';

const policy = (value: object) => EgressPolicy.parse(value);
const grant = (more: Partial<Grant>): Grant => ({
  grantId: newId('grant'),
  scope: 'network:external',
  value: 'a.example',
  by: { userId: 'usr_ana', name: 'Ana' },
  at: new Date(0).toISOString(),
  for: 'session',
  reason: '',
  ...more,
});
const rules = (more: Partial<RuleSources> = {}) =>
  sandboxRules({
    sandboxId: 'sbx_test',
    phase: 'run',
    policies: [],
    secrets: [],
    grants: [],
    isSessions: true,
    ...more,
  });

test('each policy is a layer of its own, and the hosts of secrets are in the lists of both', () => {
  const secret = { name: 'T', sentinel: 's', value: 'v', proxy: { hosts: ['api.example'] } };
  const { layers, secrets } = rules({
    policies: [policy({ allow: ['a.example'] }), policy({ allow: ['b.example'] })],
    secrets: [secret],
  });
  expect(layers.map(({ allow }) => allow.map(({ host }) => host))).toEqual([
    ['a.example', 'api.example'],
    ['b.example', 'api.example'],
  ]);
  expect(secrets).toEqual([{ name: 'T', sentinel: 's', value: 'v', hosts: ['api.example'] }]);
  expect(rules().layers).toEqual([]);
});

test('grants of hosts count for the session, not one person’s and not those about commands', () => {
  const { grants } = rules({
    grants: [
      grant({ value: 'A.example' }),
      grant({ value: 'b.example', for: { userId: 'usr_ana' } }),
      grant({ value: 'curl *' }),
      grant({ value: '*' }),
      grant({ value: 'c.example', scope: 'push' }),
      grant({ value: 'd.example', for: 'repository', expiresAt: new Date(5_000).toISOString() }),
    ],
  });
  expect(grants).toEqual([{ host: 'a.example' }, { host: 'd.example', expiresAtMs: 5_000 }]);
});

test('a secret that asks has no value for the proxy before somebody said yes', () => {
  const secrets = [{ name: 'T', sentinel: 's', value: 'v', proxy: { hosts: ['a.example'], ask: true } }];
  expect(rules({ secrets }).secrets[0]).not.toHaveProperty('value');
  const given = [grant({ scope: 'secret', value: 'T' })];
  expect(rules({ secrets, grants: given }).secrets[0]).toMatchObject({ value: 'v' });
  expect(rules({ secrets, grants: [grant({ value: 'T' })] }).secrets[0]).not.toHaveProperty('value');
});

test('who may allow is the stricter of both; a build asks nobody', () => {
  const who = (a: string, b: string) => whoAllows([policy({ ask: a }), policy({ ask: b })]);
  expect(who('anyone', 'admin')).toBe('admin');
  expect(who('admin', 'anyone')).toBe('admin');
  expect(who('nobody', 'anyone')).toBe('nobody');
  expect(whoAllows([])).toBe('anyone');
  expect(rules({ policies: [policy({ ask: 'nobody' })] }).asks).toBe(false);
  expect(rules({ isSessions: false }).asks).toBe(false);
});
