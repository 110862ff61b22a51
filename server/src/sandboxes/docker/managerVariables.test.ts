import { readFileSync } from 'node:fs';
import { openProxyPort } from '@deckhand/sandbox/hands/open-proxy';
import { expect, test } from '@jest/globals';
import { managerVariables } from './managerVariables.ts';

const proxy = 'http://sbx_a:token@127.0.0.1:3128';
const all = managerVariables(proxy);

test('what managers keep lies where a sandbox may write', () => {
  const places = Object.entries(all).filter(
    ([, value]) => value.startsWith('/') && !value.startsWith('/etc/'),
  );
  expect(places.length).toBeGreaterThan(15);
  for (const [name, value] of places)
    expect([name, value]).toEqual([name, expect.stringMatching(/^\/work\/home(\/|$)/)]);
});

test('Yarn 2 and later is told the proxy, a JVM the one that wants no credentials', () => {
  expect(all).toMatchObject({ YARN_HTTP_PROXY: proxy, YARN_HTTPS_PROXY: proxy });
  expect(all.JAVA_TOOL_OPTIONS).toContain(`-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=${openProxyPort}`);
  expect(all.JAVA_TOOL_OPTIONS).not.toContain('token');
});

test('each of them stands in the table of sandbox/ENVIRONMENT.md', () => {
  const table = readFileSync(new URL('../../../../sandbox/ENVIRONMENT.md', import.meta.url), 'utf8');
  for (const name of Object.keys(all)) expect(table).toContain(name);
});
