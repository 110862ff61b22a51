import { afterAll, expect, test } from '@jest/globals';
import type { Page } from 'puppeteer';
import { done, write } from '../emulators/model/index.ts';
import { built, imageOf } from '../support/estate.ts';
import { previewApp, previewEnvironment } from '../support/previewApp.ts';
import { createRepo } from '../support/repo.ts';
import { press, reads } from './look.ts';
import { openWeb } from './web.ts';

const repo = await createRepo('app', {
  'server.mjs': previewApp,
  'words.txt': 'Before the change',
  '.deckhand/environment.json': previewEnvironment,
});
afterAll(() => repo.remove());
const web = openWeb({ DECKHAND_REPOS: repo.reposFile, DECKHAND_IMAGE_EVERY_MS: '3600000' });

/** What the tab shows that a press opened. */
async function inNewTab(page: Page, name: string): Promise<string> {
  const before = new Set(page.browserContext().targets());
  const opened = page
    .browserContext()
    .waitForTarget(
      target => target.type() === 'page' && !before.has(target) && target.url().startsWith('http'),
    );
  await press(page, name);
  const tab = await (await opened).page();
  if (!tab) throw new Error('the tab is gone');
  await tab.waitForFunction(() => document.body?.textContent?.includes('change'));
  const text = await tab.evaluate(() => document.body.textContent ?? '');
  await tab.close();
  return text;
}

test('what the sandbox serves opens in a tab of its own: of a session, and of an attempt before it is taken', async () => {
  const { stack, sessionPage } = web();
  await imageOf(stack.client, 'app', built);
  stack.model.script('change', [{ calls: [write('words.txt', 'After the change')] }, done('Changed.')]);
  const session = await stack.ask('Change it #change', { repo: 'app' });
  await session.finished();
  const page = await sessionPage(session.sessionId);
  expect(await inNewTab(page, 'preview-open')).toBe('After the change');

  stack.model.script('tries', [{ calls: [write('words.txt', 'A change that was tried')] }, done('Tried.')]);
  const asked = { sessionId: session.sessionId, requestId: crypto.randomUUID(), text: 'Try it #tries' };
  await stack.client.http['attempts.start']({ ...asked, attempts: 2, review: false });
  await reads(page, 'attempt', /1 file/);
  expect(await inNewTab(page, 'attempt-preview')).toBe('A change that was tried');
});
