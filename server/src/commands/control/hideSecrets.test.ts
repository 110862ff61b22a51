import { afterAll, expect, test } from '@jest/globals';
import { SecretScanner } from '../../delivery/guard/secretScanner.ts';
import { createMask } from '../../sandboxes/acquire/secretMask.ts';
import { hideSecrets } from './hideSecrets.ts';

const scanner = new SecretScanner();
afterAll(() => scanner.close());
const mask = createMask([{ name: 'API_TOKEN', value: 'value-of-the-repository' }]);
const hide = (...typed: string[]) => hideSecrets(typed, { mask, scanner });

test('what a repository keeps secret, what looks like a key and what is given as one is hidden; the rest stays', async () => {
  const key = `ghp_${'a1B2c3D4e5'.repeat(4).slice(0, 36)}`;
  const hidden = await hide(
    'echo value-of-the-repository',
    `git clone https://me:s3cr3t-word@host.example/x.git # ${key}`,
    'curl -H "Authorization: Bearer abc.def-123" -u me:hunter2 https://x.example',
    'DB_PASSWORD=hunter3 ./run --token hunter4 --api-key=hunter5',
    `export NPM_TOKEN='two words'`,
    'npm test -- --watch; git log --author=Ada',
  );
  const all = hidden?.join('\n') ?? '';
  for (const secret of ['value-of-the-repository', key, 's3cr3t-word', 'abc.def-123', 'two words'])
    expect(all).not.toContain(secret);
  expect(all).not.toMatch(/hunter\d/);
  expect(hidden?.[0]).toBe('echo [secret API_TOKEN]');
  expect(hidden?.at(-1)).toBe('npm test -- --watch; git log --author=Ada');
  expect(all).toContain('https://x.example');
});

test('a key over several lines is hidden whole', async () => {
  const lines = Array.from({ length: 12 }, (_, i) => `${'MIIEow'.repeat(10)}${i}`);
  const pem = ['-----BEGIN RSA PRIVATE KEY-----', ...lines, '-----END RSA PRIVATE KEY-----'].join('\n');
  const hidden = await hide(`cat > key.pem <<END\n${pem}\nEND`);
  expect(hidden?.[0]).not.toContain('MIIEow');
});

test('a command that is very long is not told, and hangs nothing', async () => {
  expect(await hide('pass'.repeat(16_000))).toEqual(['(a command of 64000 characters)']);
});

test('what cannot be looked through is told to nobody', async () => {
  const impatient = new SecretScanner(0);
  expect(await hideSecrets(['ls'], { mask, scanner: impatient })).toBeNull();
  await impatient.close();
});
