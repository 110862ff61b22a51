import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { Page } from 'puppeteer';
import { openStack, type Stack } from '../support/stack.ts';
import { openBrowser, type PageOptions, type TestBrowser } from './browser.ts';
import { see } from './look.ts';

export type Web = {
  stack: Stack;
  browser: TestBrowser;
  /** A signed-in page in a browser of its own. */
  page(path?: string, options?: PageOptions): Promise<Page>;
  /** The same on a session, once its timeline is there. */
  sessionPage(sessionId: string, options?: PageOptions): Promise<Page>;
};

/** A server, its scripted model and a Chromium for one file of tests. After each test no page may have complained. */
export function openWeb(env: Record<string, string> = {}): () => Web {
  let web: Web | undefined;
  beforeAll(async () => {
    const opening = openBrowser();
    const stack = await openStack(env).catch(async error => {
      await (await opening).close();
      throw error;
    });
    const browser = await opening;
    const page: Web['page'] = (path, options) => browser.signedIn(stack.server, path, options);
    web = {
      stack,
      browser,
      page,
      async sessionPage(sessionId, options) {
        const opened = await page(`/sessions/${sessionId}`, options);
        await see(opened, 'timeline');
        return opened;
      },
    };
  });
  afterEach(() => web?.browser.settle());
  afterAll(async () => {
    await web?.browser.close();
    await web?.stack.dispose();
  });
  return () => {
    if (!web) throw new Error('not open yet');
    return web;
  };
}
