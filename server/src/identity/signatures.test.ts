import { expect, test } from '@jest/globals';
import { signaturesOf } from './signatures.ts';

const nobodySignedIn = { get: async () => null, resolve: async () => null } as never;
const identity = { userId: 'usr_local00', name: 'Ana', orgId: 'default', scopes: [] };
const at = (publicUrl: string, signature: { name: string; email: string } | null = null) =>
  signaturesOf(nobodySignedIn, {
    webUrl: 'https://github.com',
    publicUrl: () => publicUrl,
    local: { identity, signature },
  });

test('the person at this machine commits as their own git does', async () => {
  const own = { name: 'Ana Lima', email: 'ana@example.com' };
  const { signatureOf, ownSignature } = at('http://127.0.0.1:4000', own);
  expect(await signatureOf({ userId: 'usr_local00', name: 'Ana' })).toEqual(own);
  expect(ownSignature({ userId: 'usr_local00', name: 'Ana' })).toEqual(own);
  expect(await signatureOf({ userId: 'slack:T1/U1', name: 'Ben' })).toMatchObject({ name: 'Ben' });
});

test('whoever has no address that is known gets one of this server that takes no mail', async () => {
  const author = { userId: 'slack:T1/U1', name: 'Ben' };
  expect((await at('https://deckhand.acme.example').signatureOf(author)).email).toBe(
    'slack-T1-U1@users.noreply.deckhand.acme.example',
  );
  for (const url of ['http://127.0.0.1:4000', 'http://[::1]:4000', 'http://localhost:4000'])
    expect((await at(url).signatureOf(author)).email).toBe('slack-T1-U1@users.noreply.localhost');
  expect((await at('http://localhost').signatureOf({ userId: 'usr_gh7', name: 'ben' })).email).toBe(
    '7+ben@users.noreply.github.com',
  );
});
