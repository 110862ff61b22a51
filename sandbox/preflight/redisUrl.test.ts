import { expect, test } from '@jest/globals';
import { parseRedisUrl } from './redisUrl.ts';

const optionsOf = (text: string) => {
  const address = parseRedisUrl(text);
  return address.ok ? address.options : address.message;
};

test('Redis is one server, or a set that Sentinel watches', () => {
  expect(parseRedisUrl('redis://:secret@127.0.0.1:6379/2')).toEqual({
    ok: true,
    sentinels: false,
    options: {},
  });
  expect(optionsOf('redis+sentinel://a.example:1,[::1]:2,c/mymaster')).toMatchObject({
    name: 'mymaster',
    sentinels: [
      { host: 'a.example', port: 1 },
      { host: '::1', port: 2 },
      { host: 'c', port: 26379 },
    ],
    db: 0,
    failoverDetector: true,
  });
  expect(optionsOf('rediss+sentinel://me:a%40b@a/my%20set/3?sentinelPassword=x%26y')).toMatchObject({
    name: 'my set',
    db: 3,
    username: 'me',
    password: 'a@b',
    sentinelPassword: 'x&y',
    enableTLSForSentinelMode: true,
  });
});

test.each([
  'localhost',
  'http://127.0.0.1',
  'redis+sentinel://a',
  'redis+sentinel:///m',
  'redis+sentinel://a,/m',
  'redis+sentinel://a:x/m',
  'redis+sentinel://a/m/two',
  'redis+sentinel://a/m/1/2',
  'redis+sentinel://a/%zz',
  '',
])('%j is none of them', text => {
  expect(optionsOf(text)).toMatch(/^expected redis:/);
});
