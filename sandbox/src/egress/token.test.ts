import { expect, test } from '@jest/globals';
import { parseAuthority } from './decide.ts';
import { egressToken, provenSandbox } from './token.ts';

const secret = 'a secret of some length';
const header = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

test("a sandbox's own token proves it, another's does not", () => {
  expect(provenSandbox(secret, header(`sbx_one:${egressToken(secret, 'sbx_one')}`))).toBe('sbx_one');
  expect(provenSandbox(secret, header(`sbx_two:${egressToken(secret, 'sbx_one')}`))).toBeUndefined();
  expect(
    provenSandbox('another secret here', header(`sbx_one:${egressToken(secret, 'sbx_one')}`)),
  ).toBeUndefined();
});

test.each([undefined, '', 'Basic', 'Basic !!', 'Bearer abc', header('no colon'), header(':')])(
  '%s proves nothing',
  text => {
    expect(provenSandbox(secret, text)).toBeUndefined();
  },
);

test('an authority is a host and a port, nothing else', () => {
  expect(parseAuthority('example.com:443')).toEqual({ host: 'example.com', port: 443 });
  expect(parseAuthority('[::1]:80')).toEqual({ host: '::1', port: 80 });
  expect(parseAuthority('example.com.:443')).toEqual({ host: 'example.com', port: 443 });
  for (const bad of ['example.com', 'a@b:80', '/x:80', 'a b:80', ':80', 'x:999999'])
    expect(parseAuthority(bad)).toBeUndefined();
});
