import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'puppeteer';
import { type Leak, leaks } from '../../extension/src/page/redact/leaks.fixture.ts';
import { type Chrome, openChrome } from './chrome.ts';
import { drive } from './driver.ts';
import { htmlOf, openSite, type Site } from './site.ts';

let site: Site;
let chrome: Chrome;
let tab: Page;
let panel: Page;

const filled = (html: string, secret: string) =>
  html.replace(/(?<![A-Za-z])S(?![A-Za-z])/g, () =>
    secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;'),
  );

/** Private by the part of the page that it stands in, whatever its letters are. */
const isOfPart = ({ html }: Leak) => /data-private|<input|class="/.test(html);

beforeAll(async () => {
  site = await openSite();
  for (const [i, { html, secret }] of leaks.entries())
    site.put(`/leak/${i}`, {
      body: htmlOf(`<main style="min-height:200px"><h1>Leak</h1>${filled(html, secret)}</main>`),
    });
  site.put('/all', {
    body: htmlOf(
      `<main><h1>Leaks</h1>${leaks.map(({ html, secret }) => filled(html, secret)).join('\n')}</main>`,
    ),
  });
  // The same secrets where a component keeps them: its element says who drew it, as React's own do.
  const state = leaks.filter(isOfPart).map(({ secret }, i) => [`value${i}`, `said ${secret}`]);
  site.put('/props', {
    body: htmlOf(
      `<main><h1>Props</h1>${leaks
        .filter(isOfPart)
        .map(({ html, secret }) => filled(html, secret))
        .join('')}</main>`,
      `<script>addEventListener('deckhand-react-ask', () => dispatchEvent(new CustomEvent('deckhand-react-answer', {
        detail: ${JSON.stringify(JSON.stringify({ framework: 'react', components: [{ name: 'App', props: Object.fromEntries(state) }] })).replaceAll('<', '\\u003c')} })), true)</script>`,
    ),
  });
  chrome = await openChrome();
  tab = await chrome.open(`${site.url}/all`);
  panel = await chrome.openPanel(tab);
});
afterAll(async () => {
  await chrome?.close();
  await site?.close();
});

test('the corpus is large enough to mean something', () => {
  expect(leaks.length).toBeGreaterThanOrEqual(40);
  expect(new Set(leaks.map(({ name }) => name)).size).toBe(leaks.length);
});

test('none of the secrets of a page is in what is captured of it', async () => {
  const escaped: string[] = [];
  for (const [i, { name, secret }] of leaks.entries()) {
    await tab.goto(`${site.url}/leak/${i}?session_token=${encodeURIComponent(secret)}`);
    const driver = await drive(panel, tab);
    const { capture } = await driver.pick('h1', { keys: ['ArrowUp'] });
    const sent = JSON.stringify(capture);
    // In whatever way it is written down.
    const ways = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
    if (ways.some(way => sent.includes(way))) escaped.push(`${name}: ${sent}`);
    if (Object.keys(capture.redacted).length === 0) escaped.push(`${name}: nothing was said of it`);
    await driver.disconnect();
  }
  expect(escaped).toEqual([]);
});

test('nor all together on one page', async () => {
  await tab.goto(`${site.url}/all`);
  const driver = await drive(panel, tab);
  const { capture } = await driver.pick('h1', { keys: ['ArrowUp'] });
  const sent = JSON.stringify(capture);
  expect(leaks.filter(({ secret }) => sent.includes(secret)).map(({ name }) => name)).toEqual([]);
});

test('what private parts of the page say is taken out of components, too', async () => {
  await tab.goto(`${site.url}/props`);
  const driver = await drive(panel, tab);
  const { capture } = await driver.pick('h1');
  expect(capture.components[0]?.name).toBe('App');
  const sent = JSON.stringify(capture);
  expect(
    leaks
      .filter(isOfPart)
      .filter(({ secret }) => sent.includes(secret))
      .map(({ name }) => name),
  ).toEqual([]);
});

test('a private part that is picked itself is named, and not read', async () => {
  site.put('/private', { body: htmlOf('<div data-private style="padding:20px"><p>Jane Roe</p></div>') });
  await tab.goto(`${site.url}/private`);
  const driver = await drive(panel, tab);
  const { capture } = await driver.pick('p');
  expect(capture.node).toEqual({
    id: 1,
    tag: 'div',
    box: expect.any(Array),
    opaque: '[removed: part marked private]',
  });
  expect(JSON.stringify(capture)).not.toContain('Jane');
});
