import { expect, test } from '@jest/globals';
import { canonicalHost, canonicalPattern } from './hostNames.ts';
import { openRules } from './rulesBook.ts';
import { HostRule, judge, opensTls, SandboxRules, type Wanted } from './sandboxRules.ts';

type Given = { default?: string; allow?: object[]; deny?: object[]; grants?: object[] };
const layer = ({ default: rest = 'deny', allow = [], deny = [] }: Given) => ({ default: rest, allow, deny });
const rules = ({ grants = [], ...given }: Given, ...more: Given[]): SandboxRules =>
  SandboxRules.parse({
    ...openRules('sbx_test'),
    asks: true,
    grants,
    layers: [given, ...more].map(layer),
  });
const https = (host: string, path = '/', method = 'GET'): Wanted => ({ host, scheme: 'https', method, path });
const isAllowed = (given: SandboxRules, wanted: Wanted) => judge(given, wanted, 1_000).allowed;

test.each([
  ['EXAMPLE.com', 'example.com'],
  ['example.com.', 'example.com'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['ＥＸＡＭＰＬＥ.com', 'example.com'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ['0x7f000001', '127.0.0.1'],
  ['[::FFFF:7f00:1]', '::ffff:7f00:1'],
  ['2001:0DB8::0001', '2001:db8::1'],
  ['user@example.com', undefined],
  ['example.com:443', undefined],
  ['example.com/x', undefined],
  ['example.com#x', undefined],
  ['example..com', undefined],
  ['*.example.com', undefined],
  ['a b.com', undefined],
  ['', undefined],
  ['x'.repeat(300), undefined],
])('the host %s is %s', (said, host) => {
  expect(canonicalHost(said)).toBe(host);
});

test('a pattern is a name, all below a name, or everything', () => {
  expect(['*', '.Example.com', '*.example.com.', 'a.b', '*.*', 'a*.b', '*.'].map(canonicalPattern)).toEqual([
    '*',
    '*.example.com',
    '*.example.com',
    'a.b',
    undefined,
    undefined,
    undefined,
  ]);
});

test('default deny: what is listed is allowed, however it is spelt in the list, and nothing beside it', () => {
  const given = rules({ allow: [{ host: 'Registry.Example.COM.' }, { host: '.bücher.example' }] });
  expect(isAllowed(given, https('registry.example.com'))).toBe(true);
  expect(isAllowed(given, https('a.xn--bcher-kva.example'))).toBe(true);
  for (const host of [
    'xn--bcher-kva.example',
    'registry.example.com.evil.example',
    'xregistry.example.com',
    'a.registry.example.com',
    'notxn--bcher-kva.example',
  ])
    expect([host, judge(given, https(host), 0)]).toEqual([
      host,
      { allowed: false, reason: expect.stringContaining('not on the list'), askable: true },
    ]);
});

test('what is denied stays so, whoever granted it, and nobody is asked', () => {
  const given = rules({
    allow: [{ host: '*' }],
    deny: [{ host: 'evil.example' }],
    grants: [{ host: 'evil.example' }],
  });
  expect(judge(given, https('evil.example'), 0)).toMatchObject({ allowed: false, askable: false });
  expect(isAllowed(given, { host: 'evil.example', scheme: 'tunnel' })).toBe(false);
  expect(
    isAllowed(rules({ default: 'allow', deny: [{ host: 'evil.example' }] }), {
      host: 'evil.example',
      scheme: 'raw',
    }),
  ).toBe(false);
});

test('a grant opens its host until it is over', () => {
  const given = rules({ grants: [{ host: 'a.example', expiresAtMs: 2_000 }, { host: 'b.example' }] });
  expect(judge(given, https('a.example'), 1_999).allowed).toBe(true);
  expect(judge(given, https('a.example'), 2_000).allowed).toBe(false);
  expect(judge(given, https('b.example'), 9_000).allowed).toBe(true);
  expect(judge(given, https('c.example'), 0).allowed).toBe(false);
});

test('methods and paths hold where requests are seen; where they cannot be, the rule is refused', () => {
  expect(HostRule.safeParse({ host: 'a.example', methods: ['GET'] })).toMatchObject({ success: false });
  expect(HostRule.safeParse({ host: 'a.example', paths: ['/x'] })).toMatchObject({ success: false });
  expect(HostRule.safeParse({ host: 'a.example', path: '/x', tls: 'open' })).toMatchObject({
    success: false,
  });
  const given = rules({
    allow: [
      { host: 'a.example', methods: ['GET', 'HEAD'], paths: ['/simple/*', '/health'], tls: 'open' },
      { host: 'plain.example', methods: ['GET'], scheme: 'http' },
    ],
  });
  expect(opensTls(given, 'a.example')).toBe(true);
  expect(isAllowed(given, { host: 'a.example', scheme: 'tunnel' })).toBe(true);
  expect(isAllowed(given, { host: 'a.example', scheme: 'raw' })).toBe(false);
  expect(isAllowed(given, https('a.example', '/simple/x?y=/../z'))).toBe(true);
  expect(isAllowed(given, https('a.example', '/simple/@scope%2fname'))).toBe(true);
  expect(isAllowed(given, https('a.example', '/health'))).toBe(true);
  for (const path of [
    '/health/x',
    '/other',
    '/simple/..%2fadmin',
    '/simple/%2e%2e/admin',
    '/simple/%252e%252e%252fadmin',
    '/simple/..;/admin',
    '/simple/%5c..%5cadmin',
    '/simple//admin',
    '/simple/%zz',
    '/simple/%00',
  ])
    expect([path, isAllowed(given, https('a.example', path))]).toEqual([path, false]);
  expect(isAllowed(given, https('a.example', '/simple/x', 'POST'))).toBe(false);
  expect(isAllowed(given, { host: 'a.example', scheme: 'http', method: 'GET', path: '/simple/x' })).toBe(
    false,
  );
  const plain = { host: 'plain.example', method: 'GET', path: '/' } as const;
  expect(isAllowed(given, { ...plain, scheme: 'http' })).toBe(true);
  expect(isAllowed(given, { ...plain, scheme: 'https' })).toBe(false);
  expect(isAllowed(given, { host: 'plain.example', scheme: 'tls' })).toBe(false);
  expect(isAllowed(given, { host: 'plain.example', scheme: 'raw' })).toBe(false);
});

test('a denied path is denied in every spelling that a server may read as it', () => {
  const deny = [{ host: 'a.example', paths: ['/admin*'], tls: 'open' }];
  const given = rules({ default: 'allow', deny });
  expect(isAllowed(given, https('a.example', '/public'))).toBe(true);
  expect(isAllowed(given, { host: 'a.example', scheme: 'tls' })).toBe(true);
  for (const path of ['/admin', '/admin/x', '/%61dmin', '/%2561dmin', '/x/..%2fadmin', '//admin'])
    expect([path, isAllowed(given, https('a.example', path))]).toEqual([path, false]);
});

test('a second layer only takes away: each has to allow it, and any may deny it', () => {
  const both = rules(
    { allow: [{ host: '*.example' }] },
    { allow: [{ host: 'a.example' }, { host: 'b.other' }] },
    { default: 'allow', deny: [{ host: 'c.example' }] },
  );
  expect(isAllowed(both, https('a.example'))).toBe(true);
  for (const host of ['b.example', 'b.other', 'c.example'])
    expect([host, isAllowed(both, https(host))]).toEqual([host, false]);
  expect(isAllowed(rules({ default: 'allow' }), https('any.example'))).toBe(true);
});
