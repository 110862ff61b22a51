import { expect, test } from '@jest/globals';
import { decide, type Rules } from './decide.ts';

const names: Record<string, string[]> = {
  'public.example': ['203.0.113.80', '203.0.113.81'],
  'wiki.intranet': ['10.0.0.7'],
  'both.example': ['203.0.113.80', '10.0.0.7'],
};
const rules = (more: Partial<Rules> = {}): Rules => ({
  ports: new Set([80, 443]),
  lookup: async host => {
    const found = names[host];
    if (!found) throw new Error('ENOTFOUND');
    return found;
  },
  ...more,
});
const upstream = new URL('http://127.0.0.1:3129');
const to = (host: string, port = 443) => ({ host, port });

test('a name leads to what it was resolved to, and only where all of that is public', async () => {
  expect(await decide(to('public.example'), rules())).toEqual({
    allowed: true,
    addresses: ['203.0.113.80', '203.0.113.81'],
  });
  for (const host of ['wiki.intranet', 'both.example', 'unknown.example', '10.0.0.7'])
    expect(await decide(to(host), rules())).toMatchObject({ allowed: false });
  expect(await decide(to('public.example', 22), rules())).toMatchObject({ allowed: false });
});

test('an upstream proxy gets no name that is unknown here, unless somebody vouches for it', async () => {
  expect(await decide(to('public.example'), rules({ upstream }))).toMatchObject({ viaUpstream: upstream });
  for (const host of ['unknown.intranet', 'wiki.intranet', 'both.example', '169.254.169.254'])
    expect(await decide(to(host), rules({ upstream }))).toMatchObject({ allowed: false });
  const vouched = rules({ upstream, upstreamNames: ['npm.corp', '.mirror.corp'] });
  for (const host of ['npm.corp', 'NPM.corp', 'a.mirror.corp'])
    expect(await decide(to(host), vouched)).toMatchObject({ viaUpstream: upstream });
  for (const host of ['x.npm.corp', 'notmirror.corp', 'mirror.corp.evil'])
    expect(await decide(to(host), vouched)).toMatchObject({ allowed: false });
  // Vouching opens nothing where no proxy is.
  expect(await decide(to('npm.corp'), rules({ upstreamNames: ['npm.corp'] }))).toMatchObject({
    allowed: false,
  });
  names['npm.corp'] = ['10.0.0.8'];
  expect(await decide(to('npm.corp'), vouched)).toMatchObject({ allowed: false });
});
