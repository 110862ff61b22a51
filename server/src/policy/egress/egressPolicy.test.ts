import { expect, test } from '@jest/globals';
import { parsePolicy } from '../policyFile.ts';
import { EgressPolicy, layerOf } from './egressPolicy.ts';

const read = (value: unknown) => EgressPolicy.parse(value);

test('nothing said is nothing closed; an allow list closes the rest; a closed default has the registries', () => {
  expect(layerOf(read({}), 'run')).toBeNull();
  expect(layerOf(read({ allow: ['A.example'] }), 'run')).toEqual({
    default: 'deny',
    allow: [{ host: 'a.example' }],
    deny: [],
  });
  expect(layerOf(read({ default: 'deny' }), 'run')?.allow).toContainEqual({ host: 'pypi.org' });
  expect(layerOf(read({ default: 'allow', allow: ['a.example'] }), 'run')).toBeNull();
  expect(layerOf(read({ deny: ['evil.example'] }), 'run')).toMatchObject({ default: 'allow' });
});

test('a phase has its own list; what is denied is denied in each', () => {
  const policy = read({
    allow: ['a.example'],
    deny: ['evil.example'],
    phases: { build: { allow: ['registries', { host: 'b.example', methods: ['GET'], tls: 'open' }] } },
  });
  expect(layerOf(policy, 'run')).toMatchObject({ allow: [{ host: 'a.example' }] });
  expect(layerOf(policy, 'build')?.allow).toContainEqual({
    host: 'b.example',
    methods: ['GET'],
    tls: 'open',
  });
  expect(layerOf(policy, 'build')).toMatchObject({ default: 'deny', deny: [{ host: 'evil.example' }] });
});

test.each([
  ['egress: {allow: [a b]}', /egress.*"a b" is no host/],
  ['egress: {allow: [{host: a.example, methods: [GET]}]}', /cannot be seen inside of TLS/],
  ['egress: {alow: [a.example]}', /alow/],
  ['egress: [', /./],
  ['egress: {ask: everyone}', /ask/],
])('%s is refused, and says why', (text, message) => {
  expect(parsePolicy('policy.yaml', text)).toEqual({
    ok: false,
    code: 'bad_request',
    message: expect.stringMatching(message),
    retryable: false,
  });
});

test('a file without that part says nothing of egress', () => {
  expect(parsePolicy('policy.yaml', 'rules: []\n')).toMatchObject({ ok: true });
  expect(parsePolicy('policy.yaml', 'egress: { allow: [registries] }\n')).toMatchObject({
    policy: { egress: { allow: expect.arrayContaining([{ host: 'pypi.org' }]), ask: 'anyone' } },
  });
});
