import { elementsOf, type SlackMessage } from '../emulators/slack/index.ts';
import type { PlainBrowser } from './person.ts';

/** Where a message of the bot offers to link an account. */
export const linkIn = (message: SlackMessage): string =>
  elementsOf(message).find(({ url }) => url?.includes('/link?token='))?.url ?? '';

/** Opens a link in a browser that is signed in, and says yes on the page. */
export async function confirmLink(
  browser: PlainBrowser,
  url: string,
): Promise<{ asked: string; done: Response }> {
  const page = await browser.visit(url);
  const asked = await page.text();
  const token = /name="token" value="([^"]+)"/.exec(asked)?.[1] ?? '';
  const done = await browser.visit(new URL('/link', url).href, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: new URL(url).origin },
    body: new URLSearchParams({ token }).toString(),
  });
  return { asked, done };
}
