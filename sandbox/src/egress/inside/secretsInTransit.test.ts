import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { inject } from './inject.ts';
import { createMask } from './mask.ts';

const secret = {
  name: 'TOKEN',
  sentinel: 'dhp_0123456789abcdef',
  value: 'v&lue/with+"odd" ones=',
  hosts: ['api.example'],
};
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

test('a sentinel becomes its value in headers, in Basic credentials and in the query, and nowhere else', () => {
  const headers = {
    authorization: `Bearer ${secret.sentinel}`,
    'x-key': `k=${secret.sentinel};`,
    cookie: ['a', secret.sentinel],
  };
  const path = `/${secret.sentinel}?key=${secret.sentinel}&x=1`;
  expect(inject([secret], { headers, path })).toEqual({
    ok: true,
    used: ['TOKEN'],
    headers: {
      authorization: `Bearer ${secret.value}`,
      'x-key': `k=${secret.value};`,
      cookie: ['a', secret.value],
    },
    path: `/${secret.sentinel}?key=${encodeURIComponent(secret.value)}&x=1`,
  });
  const inBasic = inject([secret], { headers: { authorization: basic(`me:${secret.sentinel}`) }, path: '/' });
  expect(inBasic).toMatchObject({ headers: { authorization: basic(`me:${secret.value}`) } });
  const others = { headers: { authorization: basic('me:else') }, path: '/?q' };
  expect(inject([secret], others)).toEqual({ ok: true, used: [], ...others });
});

test('credentials are given to requests that have none, and only to those', () => {
  const registry = { ...secret, as: 'basic' as const, username: '__token__' };
  const own = inject([registry], { headers: {}, path: '/' });
  expect(own).toMatchObject({
    headers: { authorization: basic(`__token__:${secret.value}`) },
    used: ['TOKEN'],
  });
  const theirs = inject([registry], { headers: { authorization: 'Bearer other' }, path: '/' });
  expect(theirs).toMatchObject({ headers: { authorization: 'Bearer other' }, used: [] });
});

test('what waits for a yes keeps the request from going', () => {
  const { value: _, ...waiting } = secret;
  const headers = { authorization: `Bearer ${secret.sentinel}` };
  expect(inject([waiting], { headers, path: '/' })).toEqual({ ok: false, name: 'TOKEN' });
  expect(inject([waiting], { headers: {}, path: '/' })).toMatchObject({ ok: true });
});

test('every form of a value is masked, however the answer is cut into chunks', async () => {
  const mask = createMask([secret]);
  const bytes = Buffer.from(secret.value);
  const forms = [
    secret.value,
    JSON.stringify(secret.value).slice(1, -1),
    encodeURIComponent(secret.value),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    Buffer.from(`u:${secret.value}xyz`).toString('base64'),
    Buffer.from(`us:${secret.value}xyz`).toString('base64'),
    bytes.toString('hex'),
    'v&amp;lue/with+&quot;odd&quot; ones=',
  ];
  for (const form of forms) {
    const whole = Buffer.from(`before ${form.slice(0, 4)} ${form}${form} after ${form.slice(0, -1)}`);
    const expected = mask?.text(whole.toString('latin1'));
    expect(expected).toContain(secret.sentinel);
    expect(expected).not.toContain(form);
    for (const size of [1, 2, 3, 7, 16, 4096]) {
      const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
        whole.subarray(i * size, (i + 1) * size),
      );
      const masked = await buffer(Readable.from(chunks).pipe(mask?.stream() ?? (null as never)));
      expect([size, masked.toString('latin1')]).toEqual([size, expected]);
    }
  }
});

test('bytes that are no text come through as they are', async () => {
  const all = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 7) % 256));
  const stream = createMask([secret])?.stream();
  expect(stream && (await buffer(Readable.from([all]).pipe(stream))).equals(all)).toBe(true);
});
