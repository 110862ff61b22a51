import { existsSync } from 'node:fs';
import puppeteer, { type Browser, type Page, type Viewport } from 'puppeteer';
import { patienceMs } from '../support/patience.ts';
import type { TestServer } from '../support/server.ts';

export const desktop: Viewport = { width: 1280, height: 800 };
export const phone: Viewport = {
  width: 390,
  height: 844,
  isMobile: true,
  hasTouch: true,
  deviceScaleFactor: 2,
};

export type PageOptions = {
  viewport?: Viewport;
  dark?: boolean;
  /** What the console may say here: a failure that the test brings about. */
  expected?: RegExp;
};

/** A real Chromium. Each page is a browser of its own to the server: own cookies, own storage. */
export type TestBrowser = {
  /** A page that nobody signed in on. */
  open(url: string, options?: PageOptions): Promise<Page>;
  /** A page that is signed in, at this path. */
  signedIn(server: TestServer, path?: string, options?: PageOptions): Promise<Page>;
  /** A page of whoever has these cookies, at this path. */
  as(server: TestServer, cookies: ReadonlyMap<string, string>, path: string): Promise<Page>;
  /** Throws where any page had an error that the test did not bring about; closes all pages. */
  settle(): Promise<void>;
  close(): Promise<void>;
};

/** Chromium without a window's parts: half of the processor for the same page. */
const headlessShell = '/usr/bin/chromium-headless-shell';

export async function openBrowser(): Promise<TestBrowser> {
  const browser = await puppeteer.launch({
    ...(existsSync(headlessShell)
      ? { executablePath: headlessShell, headless: 'shell' as const }
      : { executablePath: '/usr/bin/chromium' }),
    args: ['--no-sandbox', '--disable-background-networking', '--disable-quic', '--no-first-run'],
  });
  let problems: string[] = [];

  const newPage = async ({ viewport = desktop, dark = false, expected }: PageOptions): Promise<Page> => {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    page.setDefaultTimeout(patienceMs);
    await page.setViewport(viewport);
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }]);
    const report = (text: string) => {
      if (!expected?.test(text)) problems.push(text);
    };
    page.on('pageerror', error => report(`page error: ${error}`));
    page.on('console', message => {
      const type = message.type();
      if (type === 'error' || type === 'warn') report(`console ${type}: ${message.text()}`);
    });
    return page;
  };

  return {
    async open(url, options = {}) {
      const page = await newPage(options);
      await page.goto(url, { waitUntil: 'domcontentloaded' });
      return page;
    },
    async signedIn(server, path = '/', options = {}) {
      const page = await newPage(options);
      await page.goto(await newLink(server), { waitUntil: 'domcontentloaded' });
      if (path !== '/') await page.goto(server.url + path, { waitUntil: 'domcontentloaded' });
      return page;
    },
    async as(server, cookies, path) {
      const page = await newPage({});
      const domain = new URL(server.url).hostname;
      // Before anything is loaded: what loads without them is refused, and says so on the console.
      await page
        .browserContext()
        .setCookie(...[...cookies].map(([name, value]) => ({ name, value, domain })));
      await page.goto(server.url + path, { waitUntil: 'domcontentloaded' });
      return page;
    },
    async settle() {
      await closeContexts(browser);
      const found = problems;
      problems = [];
      if (found.length > 0) throw new Error(`the pages complained:\n${found.join('\n')}`);
    },
    close: () => browser.close(),
  };
}

/** A one-time sign-in link, as `npx deckhand link` makes one. */
export async function newLink(server: TestServer): Promise<string> {
  const link = await server.client().http['link.create']({});
  if (!link.ok) throw new Error(`${link.code}: ${link.message}`);
  return link.url;
}

async function closeContexts(browser: Browser): Promise<void> {
  const own = browser.browserContexts().filter(context => context !== browser.defaultBrowserContext());
  await Promise.all(own.map(context => context.close()));
}
